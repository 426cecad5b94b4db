#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "base/error.h"
#include "base/timestamp.h"
#include "cli/ca_passphrase.h"
#include "cli/command.h"
#include "cli/issuer_settings.h"
#include "cli/issuers.h"
#include "cli/key_access.h"
#include "cli/profile_defaults.h"
#include "cli/progress.h"
#include "pki/batch.h"
#include "pki/issuance.h"
#include "pki/lineage.h"
#include "pki/local_issuer.h"
#include "rotate/target_store.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

struct IssueOptions {
  std::string batch;
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
  std::string issuer;
  OptionValues issuer_options;
};

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

// What the options say that is not about names.
void apply_common(const IssueOptions& options, pki::LineageSettings& settings) {
  if (!options.key_type.empty()) settings.key_type = pki::parse_key_type(options.key_type);
  if (!options.lifetime.empty()) settings.lifetime = parse_lifetime(options.lifetime);
  if (options.reuse_key) settings.reuse_key = true;
  settings.key_access = key_access(options.owner, options.mode, settings.key_access);
}

pki::LineageSettings new_settings(const ProfileDefaults& defaults) {
  IssueOptions options;
  options.key_type = defaults["key-type"];
  options.owner = defaults["owner"];
  options.mode = defaults["mode"];
  options.reuse_key = defaults.is_true("reuse-key");
  pki::LineageSettings settings;
  settings.lifetime = defaults.lifetime();
  apply_common(options, settings);
  return settings;
}

// What the lineage remembers, or what the settings say for a new one, under what the options say that is not
// about names.
pki::LineageSettings initial_settings(const IssueOptions& options, const Environment& environment,
                                      const std::string& name, pki::Profile profile) {
  const pki::Home home(environment.globals.home);
  auto settings = home.has_lineage(name) ? pki::Lineage::open(home, name).settings()
                                         : new_settings(ProfileDefaults(environment.settings, profile));
  apply_common(options, settings);
  return settings;
}

// CAs that browsers trust certify servers only, since 2026.
void require_server(pki::LineageSettings& settings, const Environment& environment) {
  if (settings.profile == pki::Profile::kServer) return;
  if (settings.profile == pki::Profile::kClient) {
    throw Error(ErrorKind::kUsage,
                "ACME CAs certify servers only; make clients with the home's own CA (--issuer local)");
  }
  environment.context.err << "redis-pki: warning: ACME CAs certify servers only: with this certificate Redis "
                             "can't dial replicas or the "
                             "cluster bus; give it a pair of the home's own CA in tls-client-cert-file "
                             "('redis-pki issue client NAME')\n";
  settings.profile = pki::Profile::kServer;
}

void require_profile(const pki::Home& home, const std::string& name, pki::Profile profile) {
  if (!home.has_lineage(name)) return;
  const auto settings = pki::Lineage::open(home, name).settings();
  const auto known = settings.profile;
  if (settings.is_external()) {
    throw Error(ErrorKind::kUsage,
                "the certificates of '" + name +
                    "' come from outside; 'redis-pki deploy' takes them, or choose another name");
  }
  const bool was_warned =
      known == pki::Profile::kServer && profile == pki::Profile::kPeer && settings.issuer != "local";
  if (known == profile || was_warned) return;
  throw Error(ErrorKind::kUsage,
              "'" + name + "' is a " + std::string(to_string(known)) + " lineage; choose another name");
}

std::string remembered(const std::string& name, const std::string& value) {
  return is_path_option(name) ? std::filesystem::absolute(value).lexically_normal().native() : value;
}

// What a shell says, cron doesn't.
void apply_vault(pki::LineageSettings& settings, const Environment& environment) {
  const IssuerSettings known(environment.settings, settings.issuer, settings.issuer_options);
  for (const auto& [name, value] : known.from_environment()) {
    settings.issuer_options[name] = remembered(name, value);
  }
  if (settings.reuse_key && known.is_true("vault-generate-key")) {
    throw Error(ErrorKind::kUsage, "--reuse-key keeps a key of ours, and --vault-generate-key takes Vault's");
  }
}

// Where it comes from; another place than before forgets what was said for that.
void apply_issuer(const IssueOptions& options, const Environment& environment,
                  pki::LineageSettings& settings) {
  const std::string issuer = options.issuer.empty() ? settings.issuer : options.issuer;
  if (issuer != settings.issuer) settings.issuer_options.clear();
  settings.issuer = issuer;
  const IssuerSettings known(environment.settings, settings.issuer, {});
  require_fitting(known.type(), options.issuer_options);
  for (const auto& [name, value] : given(options.issuer_options)) {
    settings.issuer_options[name] = remembered(name, value);
  }
  if (known.type() == "vault") apply_vault(settings, environment);
  if (known.type() == "external") {
    throw Error(ErrorKind::kUsage, "--issuer external: 'redis-pki deploy' takes certificates from outside");
  }
  if (known.type() == "acme") require_server(settings, environment);
}

// What the options say, over what the lineage remembers.
pki::LineageSettings merge(const IssueOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  pki::require_lineage_name(options.name);
  const auto profile = pki::parse_profile(options.profile);
  require_profile(home, options.name, profile);
  const bool is_new = !home.has_lineage(options.name);
  pki::LineageSettings settings = initial_settings(options, environment, options.name, profile);
  settings.profile = profile;
  if (is_new || !options.subject.empty() || !options.common_name.empty())
    settings.subject = subject_of(options);
  if (!options.sans.empty()) {
    settings.subject_alt_names = pki::parse_subject_alt_names(options.sans);
  } else if (is_new) {
    settings.subject_alt_names = default_names(profile, options.name);
  }
  apply_issuer(options, environment, settings);
  if (!options.out.empty()) settings.out = std::filesystem::absolute(options.out).lexically_normal();
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

bool is_served(const pki::Lineage& lineage) {
  return lineage.current().has_value() && !rotate::TargetStore(lineage.paths().targets()).states().empty();
}

int run_batch(const IssueOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const bool names_one = !options.profile.empty() || !options.sans.empty() || !options.common_name.empty() ||
                         !options.subject.empty() || !options.out.empty();
  if (names_one)
    throw Error(ErrorKind::kUsage, "--batch: profile and names are in the file, not on the command line");
  const auto settings_of = [&](const std::string& name, pki::Profile profile) {
    return initial_settings(options, environment, name, profile);
  };
  const auto items = pki::parse_batch(base::read_file(options.batch), options.batch, settings_of);
  for (const auto& item : items) {
    require_profile(home, item.name, item.settings.profile);
    ProfileDefaults(environment.settings, item.settings.profile).require_allowed(item.settings.lifetime);
  }
  pki::LocalIssuer issuer(home, read_ca_passphrase(home, options.ca_passphrase), environment.context.clock);
  {
    Progress progress(environment);
    pki::issue_batch(home, issuer, items, is_served, [&](size_t done) {
      progress.show(std::to_string(done) + " of " + std::to_string(items.size()));
    });
  }
  if (environment.globals.json) {
    environment.context.out << nlohmann::json{{"issued", items.size()}}.dump(2) << "\n";
  } else {
    environment.context.out << "issued " << items.size() << " certificates in " << home.lineages().native()
                            << "\n";
  }
  return 0;
}

int run(const IssueOptions& options, const Environment& environment) {
  if (!options.batch.empty()) return run_batch(options, environment);
  if (options.name.empty()) throw Error(ErrorKind::kUsage, "issue needs PROFILE and NAME, or --batch FILE");
  const pki::Home home(environment.globals.home);
  const auto settings = merge(options, environment);
  const bool is_local = IssuerSettings(environment.settings, settings.issuer, {}).type() == "local";
  if (is_local) ProfileDefaults(environment.settings, settings.profile).require_allowed(settings.lifetime);
  Issuers issuers(environment, options.ca_passphrase);
  pki::Issuer& issuer = issuers.of(settings);  // wrong options end here, and leave no home behind
  if (!is_local) home.create();

  const auto lineage = pki::Lineage::define(home, options.name, settings);
  Result result;
  result.generation = pki::issue_generation(lineage, issuer, environment.context.clock);
  lineage.save();
  result.waits_for_rotation = is_served(lineage);
  if (!result.waits_for_rotation) lineage.set_current(result.generation);
  report(lineage, result, environment);
  if (is_local) warn_of_ending_ca(lineage, result, issuers.local().authority().certificate(), environment);
  return 0;
}

}  // namespace

Run bind_issue(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<IssueOptions>();
  app.add_option("PROFILE", options->profile, "server, client, or peer (both: replication, cluster bus)");
  app.add_option("NAME", options->name, "the lineage: all certificates that are made under this name");
  app.add_option(
      "--batch", options->batch,
      "many at once: a file with lines 'profile,name,san,...', or JSON lines; with --key-type, --lifetime, "
      "--owner and --mode for all");
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
  app.add_option(
      "--issuer", options->issuer,
      "where it comes from: local (default), acme, vault, or the NAME of an [issuer.NAME] section");
  bind_issuer_options(app, options->issuer_options);
  app.footer(
      R"(All options are remembered with the lineage: the next 'issue' or 'rotate' of the same name needs none.
A lineage that servers are known to serve changes only by 'rotate': the new generation waits for it.

Examples:
  redis-pki issue server redis-1 --san redis-1.example.com --san 10.0.1.50
  redis-pki issue server redis-1 --san localhost --owner redis:redis --mode 0400
  redis-pki issue client app --lifetime 30d
  redis-pki issue --batch fleet.csv --lifetime 45d
  redis-pki issue server redis-2 --san redis-2.example.com --issuer acme \\
    --server https://acme-v02.api.letsencrypt.org/directory --agree-tos --challenge http-01
  redis-pki issue server redis-3 --san redis-3.example.com --issuer vault \\
    --vault-addr https://vault:8200 --vault-role redis --vault-auth approle \\
    --vault-role-id 5f3c --vault-secret-id file:/etc/redis-pki/secret-id)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
