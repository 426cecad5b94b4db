#include "cli/target_options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/duration.h"
#include "base/error.h"
#include "base/secret_source.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kPasswordVariable = "REDISCLI_AUTH";

std::filesystem::path absolute(const std::string& path) {
  return path.empty() ? std::filesystem::path() : std::filesystem::absolute(path).lexically_normal();
}

std::string default_password_source() {
  return std::getenv(kPasswordVariable) != nullptr ? std::string("env:") + kPasswordVariable : "";
}

}  // namespace

void TargetOptions::bind(CLI::App& app) {
  app.add_option("--target", addresses,
                 "a server that serves the lineage: HOST:PORT or rediss://[USER@]HOST:PORT; "
                 "may be repeated; remembered");
  app.add_option("--user", user, "the ACL user to log in as");
  app.add_option("--pass", password,
                 "where its password comes from: file:PATH, env:NAME, fd:N or prompt "
                 "(default: $REDISCLI_AUTH)");
  app.add_option("--client", client_lineage, "the lineage whose certificate we show to the server");
  app.add_option("--client-cert", client_certificate, "the same from files")->excludes("--client");
  app.add_option("--client-key", client_key, "the key of --client-cert")->needs("--client-cert");
  app.add_option("--cacert", ca, "what the server is verified with (default: the home's root)");
  app.add_option("--server-name", server_name, "the name that its certificate must be for (default: HOST)");
  app.add_option("--timeout", timeout, "for connecting, and for each answer")->capture_default_str();
}

std::vector<rotate::Target> TargetOptions::targets(const pki::Home& home) const {
  if (!password.empty()) base::require_secret_source(password);
  if (!client_certificate.empty() && client_key.empty()) {
    throw Error(ErrorKind::kUsage, "--client-cert needs --client-key");
  }
  if (!client_lineage.empty() && !home.has_lineage(client_lineage)) {
    throw Error(ErrorKind::kUsage, "--client: there is no lineage '" + client_lineage +
                                       "'; make it with 'redis-pki issue client " + client_lineage + "'");
  }
  std::vector<rotate::Target> targets;
  for (const std::string& address : addresses) {
    rotate::Target target;
    target.address = redis::parse_endpoint(address).to_string();
    target.user = user;
    target.password_source = password.empty() ? default_password_source() : password;
    target.client_lineage = client_lineage;
    target.client_certificate = absolute(client_certificate);
    target.client_key = absolute(client_key);
    target.ca = absolute(ca);
    target.server_name = server_name;
    target.timeout = base::parse_duration(timeout);
    targets.push_back(std::move(target));
  }
  return targets;
}

}  // namespace cli
