#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/words.h"
#include "cli/certificate_source.h"
#include "cli/command.h"
#include "cli/open_ledger.h"

namespace cli {
namespace {

struct RevokeOptions {
  std::string target;
  std::string reason = "unspecified";
};

// "3A:0F", "3a0f" and openssl's upper case are the same serial.
std::string normal_serial(const std::string& text) {
  std::string serial = base::lower_case(text);
  serial.erase(std::remove(serial.begin(), serial.end(), ':'), serial.end());
  return serial;
}

std::string serial_of(const RevokeOptions& options, const pki::Home& home, const pki::Ledger& ledger) {
  const bool is_serial = options.target.find('/') == std::string::npos && !home.has_lineage(options.target) &&
                         ledger.find(normal_serial(options.target));
  if (is_serial) return normal_serial(options.target);
  const auto leaf = read_certificate_source(options.target, home).chain.front();
  const auto known = ledger.find(leaf.serial());
  if (!known || (!known->sha256.empty() && known->sha256 != leaf.sha256())) {
    throw base::Error(base::ErrorKind::kNotFound,
                      options.target + ": this PKI has not made it; its own CA must revoke it");
  }
  return leaf.serial();
}

int run(const RevokeOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const pki::Revocation revocation{pki::parse_revocation_reason(options.reason),
                                   environment.context.clock.now()};
  pki::Ledger ledger = open_ledger(home);
  const std::string serial = serial_of(options, home, ledger);
  const bool changed = ledger.revoke(serial, revocation);
  std::ostream& out = environment.context.out;
  if (environment.globals.json) {
    const nlohmann::json document{
        {"serial", serial}, {"changed", changed}, {"reason", to_string(revocation.reason)}};
    out << document.dump(2) << "\n";
  } else {
    out << serial
        << (changed ? ": revoked (" + std::string(to_string(revocation.reason)) + ")\nnext: redis-pki crl\n"
                    : ": nothing to do\n");
  }
  return 0;
}

}  // namespace

Run bind_revoke(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<RevokeOptions>();
  app.add_option("TARGET", options->target, "a lineage (its current certificate), a serial number, or a file")
      ->required();
  app.add_option(
         "--reason", options->reason,
         "unspecified, key-compromise, ca-compromise, affiliation-changed, superseded, "
         "cessation-of-operation, certificate-hold, privilege-withdrawn; remove-from-crl takes a hold back")
      ->capture_default_str();
  app.footer(R"(Writes it to the ledger; 'redis-pki crl' makes the list that servers read.

Examples:
  redis-pki revoke app --reason key-compromise
  redis-pki revoke 6e949013d4ef907009911016fe8bc7651a6e0fa2)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
