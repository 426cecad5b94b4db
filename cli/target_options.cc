#include "cli/target_options.h"

#include <CLI/CLI.hpp>

#include "base/duration.h"
#include "base/error.h"
#include "base/secret_source.h"
#include "cli/server_access.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kTargetSections = "target.";

const std::vector<std::pair<const char*, std::string TargetOptions::*>> kKeys = {
    {"user", &TargetOptions::user},
    {"pass", &TargetOptions::password},
    {"client", &TargetOptions::client_lineage},
    {"client-cert", &TargetOptions::client_certificate},
    {"client-key", &TargetOptions::client_key},
    {"cacert", &TargetOptions::ca},
    {"server-name", &TargetOptions::server_name},
    {"admin", &TargetOptions::admin},
    {"timeout", &TargetOptions::timeout},
    {"copy-command", &TargetOptions::copy_command},
    {"restart-command", &TargetOptions::restart_command}};

constexpr const char* kDiscover = "discover";

std::filesystem::path absolute(const std::string& path) {
  return path.empty() ? std::filesystem::path() : std::filesystem::absolute(path).lexically_normal();
}

bool says_yes(const std::string& word) {
  if (word == "true" || word == "yes") return true;
  if (word == "false" || word == "no") return false;
  throw Error(ErrorKind::kUsage, "discover is true or false, not '" + word + "'");
}

}  // namespace

std::vector<std::string> TargetOptions::setting_keys() {
  std::vector<std::string> keys = {"address", kDiscover};
  for (const auto& [name, member] : kKeys) keys.emplace_back(name);
  return keys;
}

void TargetOptions::bind(CLI::App& app) {
  app.add_option("--target", addresses,
                 "a server that serves the lineage: HOST:PORT, rediss://[USER@]HOST:PORT, or the name of a "
                 "[target.NAME] section of the settings; may be repeated; remembered");
  app.add_option("--user", user, "the ACL user to log in as");
  app.add_option("--pass", password,
                 "where its password comes from: file:PATH, env:NAME, fd:N or prompt "
                 "(default: $REDISCLI_AUTH)");
  app.add_option("--client", client_lineage, "the lineage whose certificate we show to the server");
  app.add_option("--client-cert", client_certificate, "the same from files")->excludes("--client");
  app.add_option("--client-key", client_key, "the key of --client-cert");
  app.add_option(
      "--cacert", ca,
      "what the server is verified with (default: the home's root or the system's, and the lineage's)");
  app.add_option("--server-name", server_name, "the name that its certificate must be for (default: HOST)");
  app.add_option("--admin", admin,
                 "another way in for the commands, redis://HOST:PORT or unix:PATH; the proof uses TLS");
  app.add_option("--timeout", timeout, "for connecting, and for each answer (default: 10s)");
  app.add_flag(
      "--discover", discovers,
      "the others that it knows of are targets too: replicas and masters, nodes of its cluster, what a "
      "Sentinel watches, and the other Sentinels");
  app.add_option(
      "--copy-command", copy_command,
      "brings the files to a server on another host: run without a shell, with REDIS_PKI_NODE, "
      "REDIS_PKI_CERT, REDIS_PKI_KEY, REDIS_PKI_CA, REDIS_PKI_REMOTE_CERT, REDIS_PKI_REMOTE_KEY in its "
      "environment");
  app.add_option("--restart-command", restart_command,
                 "restarts a Sentinel, which can't reload: run without a shell, with REDIS_PKI_NODE");
}

std::vector<rotate::Target> TargetOptions::targets(const Environment& environment) const {
  const pki::Home home(environment.globals.home);
  std::vector<rotate::Target> targets;
  for (const std::string& word : addresses) {
    const auto& sections = environment.settings.sections();
    const auto section = sections.find(kTargetSections + word);
    if (section == sections.end()) {
      targets.push_back(target(word, home));
      continue;
    }
    const auto address = section->second.find("address");
    if (address == section->second.end()) {
      throw Error(ErrorKind::kUsage,
                  environment.settings.file().native() + ": [" + section->first + "] says no address");
    }
    targets.push_back(with_section(section->second).target(address->second.front(), home));
  }
  return targets;
}

TargetOptions TargetOptions::with_section(const Settings::Section& section) const {
  TargetOptions result = *this;
  for (const auto& [name, member] : kKeys) {
    const auto found = section.find(name);
    if (found != section.end() && (result.*member).empty()) result.*member = found->second.front();
  }
  const auto discover = section.find(kDiscover);
  if (discover != section.end()) result.discovers = result.discovers || says_yes(discover->second.front());
  return result;
}

rotate::Target TargetOptions::target(const std::string& address, const pki::Home& home) const {
  if (!password.empty()) base::require_secret_source(password);
  require_both(client_certificate, client_key);
  if (!client_lineage.empty() && !home.has_lineage(client_lineage)) {
    throw Error(ErrorKind::kUsage, "--client: there is no lineage '" + client_lineage +
                                       "'; make it with 'redis-pki issue client " + client_lineage + "'");
  }
  rotate::Target target;
  target.address = redis::parse_endpoint(address).to_string();
  target.user = user;
  target.password_source = password.empty() ? default_password_source() : password;
  target.client_lineage = client_lineage;
  target.client_certificate = absolute(client_certificate);
  target.client_key = absolute(client_key);
  target.ca = absolute(ca);
  target.server_name = server_name;
  if (!admin.empty()) target.admin = redis::parse_endpoint(admin).to_string();
  target.discovers = discovers;
  target.copy_command = copy_command;
  target.restart_command = restart_command;
  if (!timeout.empty()) target.timeout = base::parse_duration(timeout);
  return target;
}

}  // namespace cli
