#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "cli/profile_defaults.h"
#include "pki/chain_verifier.h"
#include "pki/local_issuer.h"
#include "pki/request.h"

namespace cli {
namespace {

struct SignOptions {
  std::string request;
  std::string profile;
  std::vector<std::string> sans;
  std::string lifetime;
  std::string out;
  std::string ca_passphrase;
};

int run(const SignOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto& clock = environment.context.clock;
  const auto profile = pki::parse_profile(options.profile);
  const ProfileDefaults defaults(environment.settings, profile);
  const auto lifetime = options.lifetime.empty() ? defaults.lifetime() : parse_lifetime(options.lifetime);
  defaults.require_allowed(lifetime);
  const auto request = pki::CertificateRequest::from_pem(base::read_file(options.request), options.request);
  request.require_acceptable();

  pki::CertificateTemplate wanted;
  wanted.profile = profile;
  wanted.subject = request.subject();
  wanted.subject_alt_names =
      options.sans.empty() ? request.subject_alt_names() : pki::parse_subject_alt_names(options.sans);
  if (pki::serves(profile) && wanted.subject_alt_names.empty()) {
    throw base::Error(base::ErrorKind::kUsage, "the request names no host; add one with --san");
  }
  pki::LocalIssuer issuer(home, read_ca_passphrase(home, options.ca_passphrase), clock);
  const auto chain = issuer.sign(std::move(wanted), lifetime, request.public_key());
  const std::string pem = pki::to_pem(chain);
  if (options.out.empty() && !environment.globals.json) {
    environment.context.out << pem;
  } else if (!options.out.empty()) {
    base::write_file(options.out, pem, {.mode = 0644});
  }
  std::ostream& report = environment.globals.json ? environment.context.out : environment.context.err;
  if (environment.globals.json) {
    const nlohmann::json document{{"serial", chain.front().serial()},
                                  {"sha256", chain.front().sha256()},
                                  {"subject", chain.front().subject()},
                                  {"not_after", base::format_timestamp(chain.front().not_after())},
                                  {"certificate", pem}};
    report << document.dump(2) << "\n";
  } else if (!environment.globals.quiet) {
    report << "signed " << chain.front().subject() << " (" << request.key_description() << "), valid until "
           << base::format_timestamp(chain.front().not_after()) << "; taken from the request: key, subject"
           << (options.sans.empty() ? ", names" : "") << "; nothing else\n";
  }
  return 0;
}

}  // namespace

Run bind_sign(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<SignOptions>();
  app.add_option("CSR", options->request, "the file with the request, PEM")->required();
  app.add_option("--profile", options->profile, "server, client or peer")->required();
  app.add_option("--san", options->sans, "the names of the certificate, instead of the request's");
  app.add_option("--lifetime", options->lifetime, "how long it is valid (default: 90d)");
  app.add_option("--out", options->out, "the file for the chain (default: standard output)");
  app.add_option("--ca-passphrase", options->ca_passphrase, kCaPassphraseHelp);
  app.footer(
      R"(The request must be signed by its own key. From it are taken the key, the subject and, without --san, the
names; usages and dates are ours. A request for a CA, a weak key, or names outside the CA's constraints is
refused.

Example:
  redis-pki sign redis-4.csr --profile server --san redis-4.example.com --out redis-4.crt)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
