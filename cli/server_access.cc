#include "cli/server_access.h"

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret_source.h"
#include "pki/lineage.h"
#include "pki/system_roots.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kPasswordVariable = "REDISCLI_AUTH";

}  // namespace

std::string default_password_source() {
  return std::getenv(kPasswordVariable) != nullptr ? std::string("env:") + kPasswordVariable : "";
}

void require_both(const std::string& client_certificate, const std::string& client_key) {
  if (client_certificate.empty() == client_key.empty()) return;
  throw Error(ErrorKind::kUsage, "--client-cert and --client-key need each other");
}

std::vector<pki::Certificate> read_roots(const std::string& file) {
  return pki::parse_certificates(base::read_file(file), file);
}

std::vector<pki::Certificate> default_roots(const pki::Home& home, bool is_web) {
  std::vector<pki::Certificate> roots;
  std::error_code hidden;  // `ca` is its owner's; what clients are verified with holds the root too
  for (const auto& file : {home.root_certificate(), home.client_roots()}) {
    if (roots.empty() && std::filesystem::exists(file, hidden)) roots = read_roots(file);
  }
  if (!is_web && !roots.empty()) return roots;
  for (auto& root : pki::system_roots()) roots.push_back(std::move(root));
  return roots;
}

tls::Credentials read_client_lineage(const pki::Home& home, const std::string& name) {
  if (!home.has_lineage(name)) throw Error(ErrorKind::kUsage, "--client: there is no lineage '" + name + "'");
  const auto lineage = pki::Lineage::open(home, name);
  const auto current = lineage.current();
  if (!current) throw Error(ErrorKind::kNotFound, "the lineage '" + name + "' has no certificate in service");
  return {lineage.chain(*current), lineage.key(*current)};
}

void ServerAccess::bind(CLI::App& app) {
  app.add_option("--user", user, "the ACL user to log in as");
  app.add_option(
      "--pass", password,
      "where its password comes from: file:PATH, env:NAME, fd:N or prompt (default: $REDISCLI_AUTH)");
  app.add_option("--client", client_lineage, "the lineage whose certificate we show to the server");
  app.add_option("--client-cert", client_certificate, "the same from files")->excludes("--client");
  app.add_option("--client-key", client_key, "the key of --client-cert");
  app.add_option("--cacert", ca,
                 "what the server is verified with (default: the home's root, else the system's)");
  app.add_option("--server-name", server_name, "the name that its certificate must be for (default: HOST)");
  app.add_option("--timeout", timeout, "for connecting, and for each answer")->capture_default_str();
}

redis::ConnectOptions ServerAccess::options_for(const std::string& address,
                                                const Environment& environment) const {
  require_both(client_certificate, client_key);
  const pki::Home home(environment.globals.home);
  redis::ConnectOptions options;
  options.endpoint = redis::parse_endpoint(address);
  options.user = user.empty() ? options.endpoint.user : user;
  const std::string source = password.empty() ? default_password_source() : password;
  if (!source.empty()) options.password = base::read_secret(source, "Password");
  options.roots = ca.empty() ? default_roots(home, false) : read_roots(ca);
  if (!client_lineage.empty()) options.client = read_client_lineage(home, client_lineage);
  if (!client_certificate.empty()) options.client = tls::load_credentials(client_certificate, client_key, {});
  options.server_name = server_name;
  options.timeout = base::parse_duration(timeout);
  return options;
}

}  // namespace cli
