#include "cli/check_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "base/duration.h"
#include "base/error.h"
#include "base/secret_source.h"
#include "cli/server_access.h"
#include "tls/credentials.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::seconds;

const std::string kCheckSections = "check.";
const std::string kTargetSections = "target.";

// "30d", or "33%" of the lifetime.
check::Threshold parse_threshold(const std::string& text) {
  if (!text.ends_with('%')) return {std::chrono::floor<seconds>(base::parse_duration(text)), std::nullopt};
  double share = 0;
  const char* const end = text.data() + text.size() - 1;
  const auto [at, error] = std::from_chars(text.data(), end, share);
  if (error != std::errc() || at != end || share <= 0 || share > 100) {
    throw Error(ErrorKind::kUsage, "'" + text + "' is no share of a lifetime; write it like 33%");
  }
  return {std::nullopt, share / 100};
}

// What the settings say of one target, else what was said for all.
class OfTarget {
 public:
  OfTarget(const Settings& settings, const std::string& word)
      : settings_(settings), sections_{kCheckSections + word, kTargetSections + word} {}

  std::string operator()(const std::string& key, const std::string& otherwise) const {
    const auto* values = settings_.find(sections_, key);
    return values == nullptr || values->empty() ? otherwise : values->front();
  }

 private:
  const Settings& settings_;
  std::vector<std::string> sections_;
};

// Says how each target is looked at; what files it reads for that, it reads once.
class Planner {
 public:
  Planner(const CheckOptions& options, const Environment& environment)
      : options_(options), settings_(environment.settings), home_(environment.globals.home) {}

  // The words of the command line, with the address in the place of a [target.NAME].
  std::vector<std::string> targets() {
    std::vector<std::string> targets;
    for (const std::string& word : options_.targets) {
      const auto* address = settings_.find({kTargetSections + word}, "address");
      targets.push_back(address == nullptr ? word : address->front());
      words_[targets.back()] = word;
      thresholds(targets.back());  // wrong ones end it at once
    }
    return targets;
  }

  check::Thresholds thresholds(const std::string& target) const {
    const OfTarget says(settings_, words_.at(target));
    check::Thresholds result;
    if (const auto text = says("warn", options_.warning); !text.empty())
      result.warning = parse_threshold(text);
    if (const auto text = says("crit", options_.critical); !text.empty())
      result.critical = parse_threshold(text);
    return result;
  }

  check::Endpoint endpoint(const std::string& target, bool is_web) {
    const OfTarget says(settings_, words_.at(target));
    check::Endpoint endpoint;
    endpoint.roots = roots(says("ca", says("cacert", options_.ca)), is_web);
    endpoint.client =
        client(says("client", options_.client_lineage), says("client-cert", options_.client_certificate),
               says("client-key", options_.client_key));
    endpoint.server_name = says("server-name", options_.server_name);
    endpoint.timeout = base::parse_duration(says("timeout", options_.timeout));
    return endpoint;
  }

 private:
  const std::vector<pki::Certificate>& roots(const std::string& file, bool is_web) {
    const auto [known, is_new] = roots_.try_emplace({file, is_web});
    if (is_new) known->second = file.empty() ? default_roots(home_, is_web) : read_roots(file);
    return known->second;
  }

  std::optional<tls::Credentials> client(const std::string& lineage, const std::string& certificate,
                                         const std::string& key) {
    if (lineage.empty() && certificate.empty()) return std::nullopt;
    const auto known = clients_.find(lineage + "\n" + certificate);
    if (known != clients_.end()) return known->second;
    return clients_
        .emplace(lineage + "\n" + certificate, lineage.empty() ? tls::load_credentials(certificate, key, {})
                                                               : read_client_lineage(home_, lineage))
        .first->second;
  }

  const CheckOptions& options_;
  const Settings& settings_;
  const pki::Home home_;
  std::map<std::string, std::string> words_;  // by target
  std::map<std::pair<std::string, bool>, std::vector<pki::Certificate>> roots_;
  std::map<std::string, tls::Credentials> clients_;
};

}  // namespace

void CheckOptions::bind(CLI::App& app) {
  app.add_option("TARGET", targets,
                 "a file, directory or glob (with a /), HOST:PORT, rediss:// or https://, the name of a "
                 "[target.NAME] section, or of a lineage")
      ->required();
  app.add_option("--warn", warning,
                 "warn so long before the end, 30d or 33% of the lifetime (default: 21d, or 25 %)");
  app.add_option("--crit", critical, "critical so long before the end (default: 7d, or 10 %)");
  app.add_option("--ca", ca,
                 "what chains are verified with, live and in files (default: live ones with the home's root, "
                 "else the system's)");
  app.add_option("--passphrase", passphrase,
                 "of keystores and encrypted keys: file:PATH, env:NAME, fd:N or prompt");
  app.add_option("--client", client_lineage, "the lineage whose certificate we show to live servers");
  app.add_option("--client-cert", client_certificate, "the same from files")->excludes("--client");
  app.add_option("--client-key", client_key, "the key of --client-cert");
  app.add_option("--server-name", server_name,
                 "the name to ask live servers for, and to verify (default: HOST)");
  app.add_option("--timeout", timeout, "for each live server")->capture_default_str();
}

std::vector<std::string> CheckOptions::setting_keys() {
  return {"warn", "crit", "ca", "client", "client-cert", "client-key", "server-name", "timeout"};
}

check::Tally CheckOptions::scan(const Environment& environment, const check::Scan::Take& take,
                                const std::function<void(size_t)>& progress) const {
  require_both(client_certificate, client_key);
  const pki::Home home(environment.globals.home);
  Planner planner(*this, environment);
  check::ScanOptions options;
  if (!ca.empty()) options.files.roots = read_roots(ca);
  if (!passphrase.empty()) options.files.passphrase = base::read_secret(passphrase, "Passphrase");
  options.files.now = environment.context.clock.now();
  options.progress = progress;
  options.thresholds = [&](const std::string& target) { return planner.thresholds(target); };
  options.endpoint = [&](const std::string& target, bool is_web) { return planner.endpoint(target, is_web); };
  const auto words = planner.targets();
  return check::Scan(home, std::move(options), environment.context.clock, take).run(words);
}

}  // namespace cli
