#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/duration.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "pki/authority_change.h"

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
  const auto passphrase = read_ca_passphrase(home, options.ca_passphrase);
  const std::string crls = pki::make_crls(home, passphrase, lifetime, clock);
  const auto crl = pki::parse_crls(crls, "the list that was made").front();
  const std::string number = crl.number().value_or("");
  const size_t revoked = crl.serials().size();
  const std::string until = base::format_timestamp(*crl.next_update());

  const std::filesystem::path path = options.out.empty() ? home.crl() : std::filesystem::path(options.out);
  base::write_file(path, crls, {.mode = 0644});
  if (environment.globals.json) {
    const nlohmann::json document{
        {"crl", path.native()}, {"number", std::stoll(number)}, {"revoked", revoked}, {"next_update", until}};
    environment.context.out << document.dump(2) << "\n";
  } else {
    environment.context.out << "CRL number " << number << " with " << revoked
                            << " revoked certificates, valid until " << until << "\n  " << path.native()
                            << "\n";
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
