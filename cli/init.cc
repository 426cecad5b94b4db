#include <unistd.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "base/secret_source.h"
#include "cli/command.h"
#include "pki/authority.h"

namespace cli {
namespace {

struct InitOptions {
  std::string name = "Redis PKI";
  std::string subject;
  std::string key_type = "ec-p256";
  std::string lifetime = "10y";
  bool single_tier = false;
  std::string passphrase;
};

base::Secret read_new_passphrase(const std::string& source) {
  if (!source.empty() && source != "prompt") return base::read_secret(source, "");
  if (source.empty() && ::isatty(STDIN_FILENO) == 0) {
    throw base::Error(base::ErrorKind::kUsage,
                      "say how the CA's keys are encrypted: --passphrase file:PATH, env:NAME, fd:N, or none");
  }
  auto first = base::read_secret("prompt", "New passphrase for the CA's keys");
  const auto second = base::read_secret("prompt", "The same again");
  if (first.bytes() != second.bytes())
    throw base::Error(base::ErrorKind::kUsage, "the two passphrases differ");
  return first;
}

int run(const InitOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  pki::AuthorityOptions authority;
  authority.name = options.name;
  if (!options.subject.empty()) authority.subject = pki::parse_distinguished_name(options.subject);
  pki::to_x509_name({{{"CN", options.name + " Issuing CA"}}});  // throws when the name is too long
  authority.key_type = pki::parse_key_type(options.key_type);
  authority.lifetime = std::chrono::floor<std::chrono::seconds>(base::parse_duration(options.lifetime));
  authority.single_tier = options.single_tier;
  if (home.has_authority()) {
    throw base::Error(base::ErrorKind::kExists,
                      home.root().native() + ": there is a CA already; it is left as it is");
  }
  const auto passphrase = read_new_passphrase(options.passphrase);
  pki::create_authority(home, authority, passphrase, environment.context.clock);

  std::ostream& out = environment.context.out;
  if (environment.globals.json) {
    nlohmann::json document{{"home", home.root().native()},
                            {"root", home.root_certificate().native()},
                            {"client_roots", home.client_roots().native()}};
    if (!options.single_tier) document["issuing"] = home.issuing_certificate().native();
    out << document.dump(2) << "\n";
    return 0;
  }
  out << "made a CA in " << home.root().native() << "\n";
  out << "  root CA            " << home.root_certificate().native() << "\n";
  if (!options.single_tier) out << "  issuing CA         " << home.issuing_certificate().native() << "\n";
  out << "  roots for clients  " << home.client_roots().native() << "\n";
  out << "next: redis-pki issue server NAME --san HOST\n";
  return 0;
}

}  // namespace

Run bind_init(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<InitOptions>();
  app.add_option("--name", options->name, "what the CAs are called: 'NAME Root CA', 'NAME Issuing CA'")
      ->capture_default_str();
  app.add_option("--subject", options->subject, "more of their subject: /C=US/O=Example");
  app.add_option("--key-type", options->key_type, "ec-p256, ec-p384, ed25519, rsa-2048, rsa-3072 or rsa-4096")
      ->capture_default_str();
  app.add_option("--lifetime", options->lifetime, "how long the CAs are valid")->capture_default_str();
  app.add_flag("--single-tier", options->single_tier, "no issuing CA: the root signs certificates itself");
  app.add_option("--passphrase", options->passphrase,
                 "what the CA's keys are encrypted with: file:PATH, env:NAME, fd:N, prompt or none");
  app.footer(R"(Refuses to touch a CA that exists.

Examples:
  redis-pki init --name "Redis PKI" --passphrase prompt
  redis-pki init --home /srv/pki --subject "/C=US/O=Example" --passphrase file:/run/secrets/ca)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
