#include "server/info.h"

#include <unistd.h>

#include <algorithm>
#include <optional>

#include "server/connection.h"
#include "server/server.h"

namespace server {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

std::string line(std::string_view name, const std::string& value) {
  return std::string(name) + ":" + value + "\r\n";
}

template <typename Number>
std::string line(std::string_view name, Number value) {
  return line(name, std::to_string(value));
}

std::string server_section(const Server& server) {
  return line("redis_version", std::string(kCompatibleRedisVersion)) +
         line("redis_mode", std::string("standalone")) + line("server_name", std::string("redis-pki")) +
         line("redis_pki_version", server.version()) + line("process_id", ::getpid()) +
         line("tcp_port", server.config().plain_port()) +
         line("tls_port", server.config().effective_tls_port()) +
         line("uptime_in_seconds",
              duration_cast<seconds>(std::chrono::steady_clock::now() - server.started()).count());
}

std::string clients_section(const Server& server) {
  return line("connected_clients", server.connections().size()) +
         line("maxclients", server.config().maxclients);
}

std::string slot_value(const Server& server, const std::optional<CertificateSlot>& slot) {
  if (!slot) return "none";
  size_t connections = 0;
  size_t handshaking = 0;
  for (const auto& [id, connection] : server.connections()) {
    if (connection->client().slot != slot->number) continue;
    ++(connection->client().is_handshaking ? handshaking : connections);
  }
  return "number=" + std::to_string(slot->number) + ",serial=" + slot->leaf.serial() +
         ",sha256=" + slot->sha256 +
         ",not_after=" + std::to_string(slot->leaf.not_after().time_since_epoch().count()) +
         ",connections=" + std::to_string(connections) + ",handshaking=" + std::to_string(handshaking);
}

long long seconds_left(const pki::Certificate& certificate, const Server& server) {
  return std::max<long long>((certificate.not_after() - server.clock().now()).count(), 0);
}

std::string tls_section(const Server& server) {
  const auto& current = server.slots().current();
  const auto& roots = server.client_roots();
  const auto first_to_end = std::min_element(
      roots.begin(), roots.end(), [](const auto& a, const auto& b) { return a.not_after() < b.not_after(); });
  return line("tls_cert_current", slot_value(server, current)) +
         line("tls_cert_previous", slot_value(server, server.slots().previous())) +
         line("tls_superseded_dropped_total", server.statistics().superseded_dropped) +
         line("tls_server_cert_serial", current ? current->leaf.serial() : "none") +
         line("tls_server_cert_expires_in_seconds", current ? seconds_left(current->leaf, server) : 0) +
         line("tls_client_cert_serial", std::string("none")) + line("tls_client_cert_expires_in_seconds", 0) +
         line("tls_ca_cert_serial", roots.empty() ? "none" : first_to_end->serial()) +
         line("tls_ca_cert_expires_in_seconds", roots.empty() ? 0 : seconds_left(*first_to_end, server)) +
         line("tls_handshakes_full_total", server.statistics().full_handshakes) +
         line("tls_handshakes_resumed_total", server.statistics().resumed_handshakes) +
         line("tls_handshakes_failed_total", server.statistics().failed_handshakes);
}

std::string stats_section(const Server& server) {
  return line("total_connections_received", server.statistics().connections) +
         line("total_commands_processed", server.statistics().commands) +
         line("slow_readers_dropped", server.statistics().slow_readers_dropped) +
         line("rejected_connections", server.statistics().rejected_connections);
}

struct Section {
  std::string_view name;
  std::string_view title;
  std::string (*describe)(const Server& server);
};

constexpr Section kSections[] = {{"server", "Server", server_section},
                                 {"clients", "Clients", clients_section},
                                 {"tls", "TLS", tls_section},
                                 {"stats", "Stats", stats_section}};

long long age_in_seconds(std::chrono::steady_clock::time_point since) {
  return duration_cast<seconds>(std::chrono::steady_clock::now() - since).count();
}

}  // namespace

std::string describe_server(const Server& server, const std::vector<std::string>& sections) {
  const auto asks_for = [&](std::string_view name) {
    return std::find(sections.begin(), sections.end(), name) != sections.end();
  };
  const bool all = sections.empty() || asks_for("all") || asks_for("default") || asks_for("everything");
  std::string text;
  for (const Section& section : kSections) {
    if (!all && !asks_for(section.name)) continue;
    if (!text.empty()) text += "\r\n";
    text += "# " + std::string(section.title) + "\r\n" + section.describe(server);
  }
  return text;
}

std::string describe_client(const Connection& connection) {
  const Client& client = connection.client();
  std::string text = "id=" + std::to_string(client.id) + " addr=" + client.address +
                     " fd=" + std::to_string(client.descriptor) + " name=" + client.name +
                     " age=" + std::to_string(age_in_seconds(client.created)) +
                     " idle=" + std::to_string(age_in_seconds(connection.last_active())) +
                     " db=" + std::to_string(client.database) +
                     " cmd=" + (client.last_command.empty() ? "NULL" : std::string(client.last_command)) +
                     " resp=" + std::to_string(client.protocol) + " lib-name=" + client.library_name +
                     " lib-ver=" + client.library_version;
  if (client.slot) text += " tls-cert=" + std::to_string(*client.slot);
  return text + "\n";
}

std::string describe_clients(const Server& server) {
  std::string text;
  for (const auto& [id, connection] : server.connections()) text += describe_client(*connection);
  return text;
}

}  // namespace server
