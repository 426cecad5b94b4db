#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "check/diagnosis.h"
#include "check/problem.h"
#include "cli/command.h"
#include "cli/server_access.h"
#include "tls/cipher_list.h"

namespace cli {
namespace {

struct Options {
  std::string target;
  ServerAccess access;
  std::string protocol;
  std::string ciphers;
};

using check::shown;

nlohmann::ordered_json as_json(const check::Diagnosis& diagnosis) {
  auto steps = nlohmann::ordered_json::array();
  for (const auto& step : diagnosis.steps) {
    steps.push_back({{"step", step.name}, {"ok", step.is_ok}, {"text", shown(step.text)}});
  }
  nlohmann::ordered_json json{{"target", diagnosis.target},
                              {"state", to_string(diagnosis.state())},
                              {"steps", steps},
                              {"cause", nullptr},
                              {"warnings", diagnosis.warnings}};
  if (diagnosis.cause) {
    json["cause"] = {{"id", diagnosis.cause->id},
                     {"sentence", shown(diagnosis.cause->sentence)},
                     {"remedy", shown(diagnosis.cause->remedy)}};
  }
  return json;
}

void print(const check::Diagnosis& diagnosis, std::ostream& out) {
  for (const auto& step : diagnosis.steps) {
    std::string name = step.name;
    name.resize(20, ' ');
    out << (step.is_ok ? "ok    " : "FAILS ") << name << shown(step.text) << "\n";
  }
  for (const std::string& warning : diagnosis.warnings) out << "note: " << shown(warning) << "\n";
  if (diagnosis.cause) {
    out << "\n" << shown(diagnosis.cause->sentence) << "\nDo: " << shown(diagnosis.cause->remedy) << "\n";
  } else {
    out << "\nAll is well with " << diagnosis.target << ".\n";
  }
}

// The issuing CA of the home, if we may read it: a server may have forgotten to send it.
std::vector<pki::Certificate> known_issuers(const pki::Home& home) {
  try {
    return read_roots(home.issuing_certificate());
  } catch (const base::Error&) {
    return {};
  }
}

int run(const Options& options, const Environment& environment) {
  if (!options.ciphers.empty() && tls::expand_cipher_list(options.ciphers).empty()) {
    throw base::Error(base::ErrorKind::kUsage, "--ciphers: no cipher of '" + options.ciphers +
                                                   "' is known; write it as for 'openssl ciphers'");
  }
  check::DiagnosisOptions examined;
  examined.connect = options.access.options_for(options.target, environment);
  examined.connect.only_protocol = options.protocol;
  examined.ciphers = options.ciphers;
  examined.known_issuers = known_issuers(pki::Home(environment.globals.home));
  const auto diagnosis = check::diagnose(examined, environment.context.clock);
  if (environment.globals.json) {
    environment.context.out << as_json(diagnosis).dump(2) << "\n";
  } else {
    print(diagnosis, environment.context.out);
  }
  return static_cast<int>(diagnosis.state());
}

}  // namespace

Run bind_doctor(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target, "the server: HOST:PORT, rediss://, redis:// or unix:PATH")
      ->required();
  options->access.bind(app);
  app.add_option("--protocol", options->protocol,
                 "the only protocol of the client that fails: TLSv1, TLSv1.1, TLSv1.2 or TLSv1.3")
      ->check(CLI::IsMember({"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}));
  app.add_option("--ciphers", options->ciphers,
                 "the ciphers of the client that fails, for TLS 1.2, as OpenSSL lists them");
  app.footer(
      R"(Goes the way of a connection, from the name to PING, with what the client has (certificate, CA, password), and tries
variations where it fails. Says in a sentence why, and what mends it. Nothing is changed.
Exit, as Nagios has it: 0 all is well; 1 it works, and something is to be done soon; 2 it fails; 3 usage.

Examples:
  redis-pki doctor redis.example.com:6380 --client app
  redis-pki doctor localhost:6380 --cacert ca.crt --client-cert app.crt --client-key app.key
  redis-pki doctor localhost:6380 --user app --pass prompt --client app
  redis-pki doctor localhost:6380 --protocol TLSv1.2 --ciphers ECDHE-RSA-AES128-SHA    # as an old client would)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
