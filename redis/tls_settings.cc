#include "redis/tls_settings.h"

#include <charconv>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/error.h"

namespace redis {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kNeededRights =
    "; the user needs +info +ping +client +config|get +config|set +config|rewrite";

Error refusal(const Connection& connection, const std::string& words) {
  const bool lacks_rights = words.starts_with("NOPERM");
  return Error(ErrorKind::kRefused, connection.name() + ": " + words + (lacks_rights ? kNeededRights : ""));
}

// Nothing when the server doesn't know the directive.
std::optional<std::string> get(Connection& connection, std::string_view name) {
  const resp::Value reply = connection.command({"CONFIG", "GET", name});
  if (reply.is_error()) throw refusal(connection, reply.text);
  const resp::Value* value = reply.find(name);
  if (value == nullptr) return std::nullopt;
  return value->text;
}

std::string require(Connection& connection, std::string_view name) {
  if (auto value = get(connection, name)) return *value;
  throw Error(ErrorKind::kRefused,
              connection.name() + ": the server knows no " + std::string(name) + "; was it built with TLS?");
}

uint16_t port_of(const std::string& text) {
  uint16_t port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

// Another spelling of the same path: "/etc/tls/./redis.crt".
std::string respell(const std::string& path) {
  const std::filesystem::path spelled(path);
  const auto directory = spelled.parent_path();
  if (directory.filename() == ".") return directory.parent_path() / spelled.filename();
  return directory / "." / spelled.filename();
}

TlsFiles respell(const TlsFiles& files) {
  TlsFiles result = files;
  for (std::string* path :
       {&result.server.certificate, &result.server.key, &result.client.certificate, &result.client.key}) {
    if (!path->empty()) *path = respell(*path);
  }
  return result;
}

}  // namespace

TlsSettings get_tls_settings(Connection& connection) {
  TlsSettings settings;
  settings.files.server = {require(connection, "tls-cert-file"), require(connection, "tls-key-file")};
  settings.files.client = {get(connection, "tls-client-cert-file").value_or(""),
                           get(connection, "tls-client-key-file").value_or("")};
  settings.port = port_of(get(connection, "tls-port").value_or(""));
  settings.ca_file = get(connection, "tls-ca-cert-file").value_or("");
  settings.verifies_clients = get(connection, "tls-auth-clients") != "no";
  settings.replication = get(connection, "tls-replication") == "yes";
  settings.cluster = get(connection, "tls-cluster") == "yes" && get(connection, "cluster-enabled") == "yes";
  return settings;
}

void require_settable(const Connection& connection, const ServerInfo& server, const TlsFiles& wanted,
                      const TlsFiles& set) {
  if (server.sets_pairs_at_once() || wanted == set) return;
  throw Error(ErrorKind::kRefused, connection.name() + ": " + server.name() +
                                       " can't change certificate and key in one step; set tls-cert-file " +
                                       wanted.server.certificate + " and tls-key-file " + wanted.server.key +
                                       " in its configuration file and restart it");
}

void set_tls_files(Connection& connection, const ServerInfo& server, const TlsFiles& wanted, TlsFiles& set) {
  TlsFiles files = wanted;
  std::vector<std::string_view> words = {"CONFIG", "SET"};
  require_settable(connection, server, wanted, set);
  if (!server.sets_pairs_at_once()) {
    words.insert(words.end(), {"tls-cert-file", files.server.certificate});
  } else {
    if (!server.rereads_unchanged_paths() && wanted == set) files = respell(wanted);
    words.insert(words.end(), {"tls-cert-file", files.server.certificate, "tls-key-file", files.server.key});
    if (!files.client.empty()) {
      words.insert(words.end(), {"tls-client-cert-file", files.client.certificate, "tls-client-key-file",
                                 files.client.key});
    }
  }
  const resp::Value reply = connection.command(words);
  if (reply.is_error()) throw refusal(connection, reply.text);
  set = files;
}

}  // namespace redis
