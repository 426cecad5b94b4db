#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/duration.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "pki/local_issuer.h"

namespace cli {
namespace {

struct CrlOptions {
  std::string out;
  std::string lifetime = "7d";
  std::string ca_passphrase;
};

int run(const CrlOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto& clock = environment.context.clock;
  const auto lifetime = std::chrono::floor<std::chrono::seconds>(base::parse_duration(options.lifetime));
  pki::LocalIssuer issuer(home, read_ca_passphrase(home, options.ca_passphrase), clock);
  pki::CrlTemplate wanted;
  wanted.this_update = clock.now();
  wanted.next_update = clock.now() + lifetime;
  pki::LedgerFilter filter;
  filter.revoked_only = true;
  wanted.revoked = issuer.ledger().list(filter);
  wanted.number = issuer.ledger().next_crl_number();
  const auto crl = issuer.authority().sign(wanted);

  const std::filesystem::path path = options.out.empty() ? home.crl() : std::filesystem::path(options.out);
  base::write_file(path, crl.to_pem(), {.mode = 0644});
  if (environment.globals.json) {
    const nlohmann::json document{{"crl", path.native()},
                                  {"number", wanted.number},
                                  {"revoked", wanted.revoked.size()},
                                  {"next_update", base::format_timestamp(wanted.next_update)}};
    environment.context.out << document.dump(2) << "\n";
  } else {
    environment.context.out << "CRL number " << wanted.number << " with " << wanted.revoked.size()
                            << " revoked certificates, valid until "
                            << base::format_timestamp(wanted.next_update) << "\n  " << path.native() << "\n";
  }
  return 0;
}

}  // namespace

Run bind_crl(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<CrlOptions>();
  app.add_option("--out", options->out, "the file (default: trust/crl.pem in the home)");
  app.add_option("--lifetime", options->lifetime, "until the next one must be there")->capture_default_str();
  app.add_option("--ca-passphrase", options->ca_passphrase, kCaPassphraseHelp);
  app.footer(R"(A CRL that has expired makes servers refuse every client: make the next one in time.

Examples:
  redis-pki crl
  redis-pki crl --lifetime 1d --out /etc/redis/crl.pem)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
