#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "pki/issuance.h"
#include "pki/lineage.h"
#include "pki/local_issuer.h"
#include "rotate/target_store.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

struct IssueOptions {
  std::string profile;
  std::string name;
  std::vector<std::string> sans;
  std::string common_name;
  std::string subject;
  std::string key_type;
  std::string lifetime;
  bool reuse_key = false;
  std::string out;
  std::string owner;
  std::string mode;
  std::string ca_passphrase;
};

mode_t parse_mode(const std::string& text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc{} || end != text.data() + text.size() || mode > 0777) {
    throw Error(ErrorKind::kUsage, "--mode: '" + text + "' is no mode; write it like 0400");
  }
  if ((mode & 0007) != 0)
    throw Error(ErrorKind::kUsage, "--mode: a private key must not be open to everyone");
  return static_cast<mode_t>(mode);
}

pki::DistinguishedName subject_of(const IssueOptions& options) {
  if (options.subject.empty()) {
    return {{{"CN", options.common_name.empty() ? options.name : options.common_name}}};
  }
  auto subject = pki::parse_distinguished_name(options.subject);
  if (!options.common_name.empty()) {
    if (subject.has("CN")) throw Error(ErrorKind::kUsage, "--subject has a CN already; leave out --cn");
    subject.attributes.emplace_back("CN", options.common_name);
  }
  return subject;
}

// A server that is given no name is called by its lineage's.
std::vector<pki::SubjectAltName> default_names(pki::Profile profile, const std::string& name) {
  if (!pki::serves(profile)) return {};
  return {pki::parse_subject_alt_name((pki::ip_bytes(name).empty() ? "dns:" : "ip:") + name)};
}

pki::LineageSettings first_settings(const IssueOptions& options, pki::Profile profile) {
  pki::LineageSettings settings;
  settings.profile = profile;
  settings.subject = subject_of(options);
  settings.lifetime = std::chrono::days(90);
  if (options.sans.empty()) settings.subject_alt_names = default_names(profile, options.name);
  return settings;
}

// What the options say, over what the lineage remembers.
pki::LineageSettings merge(const IssueOptions& options, const pki::Home& home) {
  pki::require_lineage_name(options.name);
  const auto profile = pki::parse_profile(options.profile);
  pki::LineageSettings settings;
  if (home.has_lineage(options.name)) {
    settings = pki::Lineage::open(home, options.name).settings();
    if (settings.profile != profile) {
      throw Error(ErrorKind::kUsage, "'" + options.name + "' is a " +
                                         std::string(to_string(settings.profile)) +
                                         " lineage; choose another name");
    }
    if (!options.subject.empty() || !options.common_name.empty()) settings.subject = subject_of(options);
  } else {
    settings = first_settings(options, profile);
  }
  if (!options.sans.empty()) settings.subject_alt_names = pki::parse_subject_alt_names(options.sans);
  if (!options.key_type.empty()) settings.key_type = pki::parse_key_type(options.key_type);
  if (!options.lifetime.empty()) {
    settings.lifetime = std::chrono::floor<std::chrono::seconds>(base::parse_duration(options.lifetime));
    if (settings.lifetime < std::chrono::minutes(1)) {
      throw Error(ErrorKind::kUsage, "--lifetime: a certificate must live for a minute at least");
    }
  }
  if (options.reuse_key) settings.reuse_key = true;
  if (!options.out.empty()) settings.out = std::filesystem::absolute(options.out).lexically_normal();
  if (!options.mode.empty()) settings.key_access.mode = parse_mode(options.mode);
  if (!options.owner.empty()) settings.key_access = base::parse_owner(options.owner, settings.key_access);
  return settings;
}

struct Result {
  int generation = 0;
  bool waits_for_rotation = false;
};

void report(const pki::Lineage& lineage, const Result& result, const Environment& environment) {
  const auto leaf = lineage.chain(result.generation).front();
  const auto files = result.waits_for_rotation ? lineage.paths().generation(result.generation)
                                               : lineage.paths().current_files();
  std::ostream& out = environment.context.out;
  if (environment.globals.json) {
    const nlohmann::json document{{"lineage", lineage.name()},
                                  {"generation", result.generation},
                                  {"serial", leaf.serial()},
                                  {"sha256", leaf.sha256()},
                                  {"not_after", base::format_timestamp(leaf.not_after())},
                                  {"certificate", files.certificate().native()},
                                  {"key", files.key().native()},
                                  {"ca", files.roots().native()},
                                  {"waits_for_rotation", result.waits_for_rotation}};
    out << document.dump(2) << "\n";
    return;
  }
  out << "issued " << lineage.name() << ", generation " << result.generation << ", valid until "
      << base::format_timestamp(leaf.not_after()) << "\n";
  out << "  certificate  " << files.certificate().native() << "\n";
  out << "  key          " << files.key().native() << "\n";
  out << "  CA           " << files.roots().native() << "\n";
  if (result.waits_for_rotation) out << "next: redis-pki rotate " << lineage.name() << "\n";
}

// A CA that ends before a leaf would have is near the day on which nothing can be renewed any more.
void warn_of_ending_ca(const pki::Lineage& lineage, const Result& result, const pki::Certificate& ca,
                       const Environment& environment) {
  const auto leaf = lineage.chain(result.generation).front();
  const auto wanted = environment.context.clock.now() + lineage.settings().lifetime;
  if (leaf.not_after() >= wanted) return;
  environment.context.err << "redis-pki: warning: the CA " << ca.subject() << " ends at "
                          << base::format_timestamp(ca.not_after()) << ", so " << lineage.name()
                          << " ends with it; make a new CA before that\n";
}

int run(const IssueOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto settings = merge(options, home);
  const auto& clock = environment.context.clock;
  pki::LocalIssuer issuer(home, read_ca_passphrase(home, options.ca_passphrase), clock);

  const auto lineage = pki::Lineage::define(home, options.name, settings);
  Result result;
  result.generation = pki::issue_generation(lineage, issuer, clock);
  lineage.save();
  const bool is_served = !rotate::TargetStore(lineage.paths().targets()).states().empty();
  result.waits_for_rotation = is_served && lineage.current().has_value();
  if (!result.waits_for_rotation) lineage.set_current(result.generation);
  report(lineage, result, environment);
  warn_of_ending_ca(lineage, result, issuer.authority().certificate(), environment);
  return 0;
}

}  // namespace

Run bind_issue(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<IssueOptions>();
  app.add_option("PROFILE", options->profile, "server, client, or peer (both: replication, cluster bus)")
      ->required();
  app.add_option("NAME", options->name, "the lineage: all certificates that are made under this name")
      ->required();
  app.add_option("--san", options->sans,
                 "a name of the certificate: HOST, IP, uri:…, email:…; may be repeated or a comma list "
                 "(default for server and peer: NAME)");
  app.add_option("--cn", options->common_name, "the common name (default: NAME)");
  app.add_option("--subject", options->subject, "the whole subject: /C=US/O=Example/CN=redis-1");
  app.add_option("--key-type", options->key_type,
                 "ec-p256 (default), ec-p384, ed25519, rsa-2048, rsa-3072 or rsa-4096");
  app.add_option("--lifetime", options->lifetime, "how long it is valid (default: 90d)");
  app.add_flag("--reuse-key", options->reuse_key, "keep the key of the last generation, from now on");
  app.add_option("--out", options->out, "a directory that gets copies of tls.crt, tls.key and ca.crt");
  app.add_option("--owner", options->owner,
                 "USER:GROUP of the key file, for a server that doesn't run as you");
  app.add_option("--mode", options->mode, "the mode of the key file (default: 0600)");
  app.add_option("--ca-passphrase", options->ca_passphrase, kCaPassphraseHelp);
  app.footer(
      R"(All options are remembered with the lineage: the next 'issue' or 'rotate' of the same name needs none.
A lineage that servers are known to serve changes only by 'rotate': the new generation waits for it.

Examples:
  redis-pki issue server redis-1 --san redis-1.example.com --san 10.0.1.50
  redis-pki issue server redis-1 --san localhost --owner redis:redis --mode 0400
  redis-pki issue client app --lifetime 30d)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
