#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret_source.h"
#include "cli/command.h"
#include "cli/new_passphrase.h"
#include "pki/authority.h"

namespace cli {
namespace {

struct InitOptions {
  std::string name = "Redis PKI";
  std::string subject;
  std::string key_type = "ec-p256";
  std::string lifetime = "10y";
  bool single_tier = false;
  std::vector<std::string> permit_dns;
  std::vector<std::string> permit_ip;
  std::string passphrase;
  std::string import_certificate;
  std::string import_key;
  std::string import_passphrase;
};

pki::AuthorityOptions authority_options(const InitOptions& options) {
  pki::AuthorityOptions authority;
  authority.name = options.name;
  if (!options.subject.empty()) authority.subject = pki::parse_distinguished_name(options.subject);
  pki::to_x509_name({{{"CN", options.name + " Issuing CA"}}});  // throws when the name is too long
  authority.key_type = pki::parse_key_type(options.key_type);
  authority.lifetime = std::chrono::floor<std::chrono::seconds>(base::parse_duration(options.lifetime));
  authority.single_tier = options.single_tier;
  authority.constraints = pki::parse_name_constraints(options.permit_dns, options.permit_ip);
  return authority;
}

void import(const InitOptions& options, const pki::Home& home, const base::Clock& clock) {
  const auto chain =
      pki::parse_certificates(base::read_file(options.import_certificate), options.import_certificate);
  const auto key_passphrase =
      options.import_passphrase.empty()
          ? base::Secret()
          : base::read_secret(options.import_passphrase, "Passphrase of the key that is taken over");
  const auto key = pki::PrivateKey::from_pem(base::read_secret_file(options.import_key), key_passphrase,
                                             options.import_key);
  pki::import_authority(home, chain, key, read_new_passphrase(options.passphrase, "--passphrase"), clock);
}

int run(const InitOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto authority = authority_options(options);
  if (home.has_authority()) {
    throw base::Error(base::ErrorKind::kExists,
                      home.root().native() + ": there is a CA already; it is left as it is");
  }
  if (!options.import_certificate.empty()) {
    import(options, home, environment.context.clock);
  } else {
    pki::create_authority(home, authority, read_new_passphrase(options.passphrase, "--passphrase"),
                          environment.context.clock);
  }
  const bool has_issuing = std::filesystem::exists(home.issuing_certificate());

  std::ostream& out = environment.context.out;
  if (environment.globals.json) {
    nlohmann::json document{{"home", home.root().native()},
                            {"root", home.root_certificate().native()},
                            {"client_roots", home.client_roots().native()}};
    if (has_issuing) document["issuing"] = home.issuing_certificate().native();
    out << document.dump(2) << "\n";
    return 0;
  }
  out << "made a CA in " << home.root().native() << "\n";
  out << "  root CA            " << home.root_certificate().native() << "\n";
  if (has_issuing) out << "  issuing CA         " << home.issuing_certificate().native() << "\n";
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
  app.add_option("--permit-dns", options->permit_dns,
                 "a domain that the CA may certify, with all below it; may be repeated");
  app.add_option("--permit-ip", options->permit_ip,
                 "a block of addresses that it may certify: 10.0.0.0/8; may be repeated");
  auto* import_certificate =
      app.add_option("--import-cert", options->import_certificate,
                     "take over a CA that exists: its certificate, then its issuers up to the root");
  auto* import_key =
      app.add_option("--import-key", options->import_key, "its key")->needs(import_certificate);
  import_certificate->needs(import_key);
  app.add_option("--import-passphrase", options->import_passphrase, "the passphrase of --import-key")
      ->needs(import_key);
  app.footer(
      R"(With --permit-dns or --permit-ip, kinds of names that are not permitted are excluded. Refuses to touch a CA that exists.

Examples:
  redis-pki init --name "Redis PKI" --passphrase prompt
  redis-pki init --home /srv/pki --subject "/C=US/O=Example" --passphrase file:/run/secrets/ca)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
