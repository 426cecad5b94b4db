#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "cli/command.h"
#include "conf/client_snippet.h"
#include "conf/fragment.h"
#include "pki/lineage.h"
#include "server/upstream.h"
#include "tls/address.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using conf::FragmentKind;

constexpr uint16_t kRedisPort = 6379;
constexpr uint16_t kSentinelPort = 26379;

struct ConfOptions {
  std::string kind;
  std::string name;
  std::string language = "redis-cli";
  std::string auth_clients = "yes";
  std::string client;
  std::string master;
  std::string master_name = "mymaster";
  std::string server;
  std::string target;
  std::string upstream = "unix:/run/redis/redis-server.sock";
  std::string admin_socket;
  int quorum = 2;
  uint16_t port = 0;
};

pki::Lineage open_issued(const pki::Home& home, const std::string& name) {
  auto lineage = pki::Lineage::open(home, name);
  if (lineage.current()) return lineage;
  throw Error(ErrorKind::kNotFound, "the lineage '" + name + "' has no certificate in service yet");
}

// A certificate that only serves would be refused by the servers that this one dials.
void choose_dialling_pair(const ConfOptions& options, const pki::Home& home, const pki::Lineage& lineage,
                          conf::FragmentOptions& fragment) {
  if (options.client.empty()) {
    if (pki::dials(lineage.settings().profile)) return;
    throw Error(ErrorKind::kUsage,
                "the certificate of '" + options.name +
                    "' only serves, and this server also dials others; name a lineage for that "
                    "with --client ('redis-pki issue client NAME' makes one)");
  }
  const auto dialling = open_issued(home, options.client);
  if (!pki::dials(dialling.settings().profile)) {
    throw Error(ErrorKind::kUsage, "--client: the certificate of '" + options.client +
                                       "' only serves; choose one of the profile client or peer");
  }
  const auto files = dialling.paths().current_files();
  fragment.client_certificate = files.certificate();
  fragment.client_key = files.key();
}

void choose_master(const ConfOptions& options, conf::FragmentOptions& fragment) {
  const bool is_sentinel = options.kind == "sentinel";
  if (options.master.empty() && is_sentinel)
    throw Error(ErrorKind::kUsage, "which master does it watch? say --master HOST:PORT");
  if (options.master.empty()) return;
  const auto address = tls::parse_host_port(options.master);
  if (!address) throw Error(ErrorKind::kUsage, "--master: '" + options.master + "' is not HOST:PORT");
  fragment.master_host = address->host;
  fragment.master_port = address->port;
  fragment.master_name = options.master_name;
  fragment.quorum = options.quorum;
}

// What clients are verified with, else what this server's own certificate comes from.
std::string roots_for(const pki::Home& home, const pki::Lineage& lineage) {
  if (std::filesystem::exists(home.client_roots())) return home.client_roots();
  return lineage.paths().current_files().roots();
}

std::string fragment_for(const ConfOptions& options, FragmentKind kind, const pki::Home& home) {
  const auto lineage = open_issued(home, options.name);
  if (!pki::serves(lineage.settings().profile)) {
    throw Error(ErrorKind::kUsage, "the certificate of '" + options.name +
                                       "' is a client's; choose one of the profile server or peer");
  }
  const auto files = lineage.paths().current_files();
  conf::FragmentOptions fragment;
  fragment.title =
      "lineage " + options.name + ", made by: redis-pki conf " + options.kind + " " + options.name;
  fragment.certificate = files.certificate();
  fragment.key = files.key();
  fragment.roots = roots_for(home, lineage);
  fragment.auth_clients = options.auth_clients;
  fragment.port = kind == FragmentKind::kSentinel ? kSentinelPort : kRedisPort;
  if (options.port != 0) fragment.port = options.port;
  try {
    server::require_upstream(options.upstream);
  } catch (const Error& error) {
    throw Error(error.kind(), std::string("--upstream: ") + error.what());
  }
  fragment.upstream = options.upstream;
  fragment.admin_socket =
      options.admin_socket.empty() ? "/run/redis-pki/" + options.name + ".sock" : options.admin_socket;
  const bool dials = kind != FragmentKind::kServer && kind != FragmentKind::kSidecar;
  if (dials) choose_dialling_pair(options, home, lineage, fragment);
  choose_master(options, fragment);
  return conf::make_fragment(kind, fragment);
}

// Where the server is, by the target that is named, else by the first name of its lineage.
tls::HostPort address_for(const ConfOptions& options, const pki::Home& home) {
  if (!options.target.empty()) {
    if (auto address = tls::parse_host_port(options.target)) return *address;
    throw Error(ErrorKind::kUsage, "--target: '" + options.target + "' is not HOST:PORT");
  }
  const uint16_t port = options.port != 0 ? options.port : kRedisPort;
  if (options.server.empty()) return {"localhost", port};
  const auto server = open_issued(home, options.server);
  const auto names = server.chain(*server.current()).front().subject_alt_names();
  return {names.empty() ? "localhost" : names.front().value, port};
}

std::string snippet_for(const ConfOptions& options, const pki::Home& home) {
  const auto lineage = open_issued(home, options.name);
  if (!pki::dials(lineage.settings().profile)) {
    throw Error(ErrorKind::kUsage, "the certificate of '" + options.name +
                                       "' only serves; choose one of the profile client or peer");
  }
  const auto files = lineage.paths().current_files();
  const auto verified_with = options.server.empty()
                                 ? files.roots()
                                 : open_issued(home, options.server).paths().current_files().roots();
  const auto address = address_for(options, home);
  return conf::make_snippet(options.language, {options.name, files.certificate(), files.key(), verified_with,
                                               address.host, address.port});
}

int run(const ConfOptions& options, const Environment& environment) {
  const pki::Home home(std::filesystem::absolute(environment.globals.home).lexically_normal());
  const std::map<std::string, FragmentKind> kinds = {{"server", FragmentKind::kServer},
                                                     {"replica", FragmentKind::kReplica},
                                                     {"cluster", FragmentKind::kCluster},
                                                     {"sentinel", FragmentKind::kSentinel},
                                                     {"sidecar", FragmentKind::kSidecar}};
  const auto kind = kinds.find(options.kind);
  const std::string text =
      kind == kinds.end() ? snippet_for(options, home) : fragment_for(options, kind->second, home);
  if (environment.globals.json) {
    const nlohmann::json document{{"kind", options.kind}, {"lineage", options.name}, {"text", text}};
    environment.context.out << document.dump(2) << "\n";
  } else {
    environment.context.out << text;
  }
  return 0;
}

}  // namespace

Run bind_conf(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<ConfOptions>();
  app.add_option("KIND", options->kind, "server, replica, cluster, sentinel, sidecar, or client")
      ->required()
      ->check(CLI::IsMember({"server", "replica", "cluster", "sentinel", "sidecar", "client"}));
  app.add_option("NAME", options->name, "the lineage")->required();
  app.add_option("--lang", options->language, "of a client: redis-cli, python, node, go or java")
      ->capture_default_str();
  app.add_option("--port", options->port, "the TLS port (default: 6379, of a Sentinel 26379)");
  app.add_option("--auth-clients", options->auth_clients,
                 "whether clients need a certificate: yes, optional or no")
      ->capture_default_str()
      ->check(CLI::IsMember({"yes", "optional", "no"}));
  app.add_option("--client", options->client,
                 "the lineage that the server shows where it dials others, when its own only serves");
  app.add_option("--master", options->master, "HOST:PORT of a replica's master, or of the one to watch");
  app.add_option("--master-name", options->master_name, "by which Sentinels know it")->capture_default_str();
  app.add_option("--quorum", options->quorum, "how many Sentinels must agree that it is down")
      ->capture_default_str();
  app.add_option("--upstream", options->upstream, "of a sidecar: the server behind it")
      ->capture_default_str();
  app.add_option("--admin-socket", options->admin_socket,
                 "of a sidecar: where certificates are changed (default: /run/redis-pki/NAME.sock)");
  app.add_option("--server", options->server,
                 "of a client: the lineage of the server, whose name and roots are used");
  app.add_option("--target", options->target, "of a client: HOST:PORT of the server (default: localhost)");
  app.footer(
      R"(Prints the TLS part of a redis.conf, or a small client program, with the paths of a lineage. Nothing is changed.

Examples:
  redis-pki conf server redis-1 >> /etc/redis/redis.conf
  redis-pki conf replica redis-2 --client redis-2-dials --master redis-1.example.com:6379
  redis-pki conf cluster redis-1
  redis-pki conf sentinel redis-1 --master redis-1.example.com:6379
  redis-pki conf sidecar redis-1 --upstream redis://127.0.0.1:6379 > sidecar.conf; redis-pki serve sidecar.conf
  redis-pki conf client app --lang python --server redis-1)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
