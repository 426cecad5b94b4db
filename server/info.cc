#include "server/info.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/words.h"
#include "server/command.h"
#include "server/connection.h"
#include "server/memory.h"
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

std::string text_of_link(const char* path) {
  std::error_code ignored;
  return std::filesystem::read_symlink(path, ignored).native();
}

std::string text_line(std::string_view name, std::string_view value) {
  return line(name, std::string(value));
}

std::string server_section(const Server& server) {
  const auto uptime = duration_cast<seconds>(std::chrono::steady_clock::now() - server.started()).count();
  const std::string& file = server.config().config_file;
  return text_line("redis_version", kCompatibleRedisVersion) + text_line("redis_mode", "standalone") +
         text_line("server_name", "redis-pki") + line("redis_pki_version", server.version()) +
         line("arch_bits", sizeof(void*) * 8) + text_line("multiplexing_api", "epoll") +
         line("process_id", ::getpid()) + line("run_id", server.run_id()) +
         line("tcp_port", server.config().plain_port()) +
         line("tls_port", server.config().effective_tls_port()) +
         line("io_threads_active", server.config().io_threads > 1 ? 1 : 0) +
         line("uptime_in_seconds", uptime) + line("uptime_in_days", uptime / (24 * 3600)) +
         line("executable", text_of_link("/proc/self/exe")) + line("config_file", file);
}

std::string clients_section(const Server& server) {
  const auto& all = server.connections();
  const auto subscribers = std::count_if(
      all.begin(), all.end(), [](const auto& entry) { return entry.second->client().is_subscriber(); });
  return line("connected_clients", all.size()) + line("maxclients", server.config().maxclients) +
         line("blocked_clients", server.blocked_clients().size()) + line("pubsub_clients", subscribers);
}

std::string memory_section(const Server& server) {
  const uint64_t used = used_memory();
  const uint64_t resident = resident_memory();
  return line("used_memory", used) + line("used_memory_rss", resident) +
         line("used_memory_peak", std::max<uint64_t>(server.statistics().peak_memory, used)) +
         line("used_memory_lua", 0) + line("maxmemory", server.config().maxmemory) +
         text_line("maxmemory_policy", "noeviction") +
         line("mem_fragmentation_ratio",
              static_cast<double>(resident) / static_cast<double>(std::max<uint64_t>(used, 1))) +
         text_line("mem_allocator", "libc");
}

std::string persistence_section(const Server& /*server*/) {
  return line("loading", 0) + line("rdb_bgsave_in_progress", 0) + line("aof_enabled", 0);
}

std::string replication_section(const Server& /*server*/) {
  return text_line("role", "master") + line("connected_slaves", 0) + line("master_repl_offset", 0);
}

std::string cluster_section(const Server& /*server*/) { return line("cluster_enabled", 0); }

std::string cpu_section(const Server& /*server*/) {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in_seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return line("used_cpu_sys", in_seconds(usage.ru_stime)) + line("used_cpu_user", in_seconds(usage.ru_utime));
}

std::string keyspace_section(const Server& server) {
  const auto& keys = server.keyspace();
  if (keys.size() == 0) return "";
  return line("db0", "keys=" + std::to_string(keys.size()) + ",expires=" + std::to_string(keys.expiring()) +
                         ",avg_ttl=0");
}

std::string slot_value(const Server& server, const std::optional<CertificateSlot>& slot) {
  if (!slot) return "none";
  const SlotUsage usage = slot_usage(server).at(slot->number);
  return "number=" + std::to_string(slot->number) + ",serial=" + slot->leaf.serial() +
         ",sha256=" + slot->sha256 +
         ",not_after=" + std::to_string(slot->leaf.not_after().time_since_epoch().count()) +
         ",connections=" + std::to_string(usage.connections) +
         ",handshaking=" + std::to_string(usage.handshaking);
}

// "TLSv1.2=3,TLSv1.3=97"
std::string counts(const std::map<std::string, uint64_t>& numbers) {
  std::string text;
  for (const auto& [name, number] : numbers) {
    std::string word = name;
    std::replace_if(
        word.begin(), word.end(), [](char c) { return c == ' ' || c == ',' || c == '='; }, '_');
    text += (text.empty() ? "" : ",") + word + "=" + std::to_string(number);
  }
  return text;
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
         line("tls_handshakes_failed_total", server.statistics().failed_handshakes) +
         line("tls_handshakes_failed_by_reason", counts(server.statistics().handshake_failures)) +
         line("tls_handshakes_timed_out_total", server.statistics().handshake_timeouts) +
         line("tls_handshakes_crowded_out_total", server.statistics().handshakes_crowded_out) +
         line("tls_protocols", counts(server.statistics().protocols)) +
         line("tls_ciphers", counts(server.statistics().ciphers)) +
         line("tls_plaintext_rejected_total", server.statistics().plaintext_on_tls_port) +
         line("plaintext_tls_rejected_total", server.statistics().tls_on_plaintext_port);
}

std::string stats_section(const Server& server) {
  const Statistics& statistics = server.statistics();
  const Acl& acl = server.acl();
  return line("total_connections_received", statistics.connections) +
         line("total_commands_processed", statistics.commands) +
         line("instantaneous_ops_per_sec", statistics.command_rate.per_second()) +
         line("total_net_input_bytes", server.input_bytes()) +
         line("total_net_output_bytes", server.output_bytes()) +
         line("rejected_connections", statistics.rejected_connections) +
         line("protected_mode_rejected_connections", statistics.protected_mode_rejections) +
         line("expired_keys", statistics.expired_keys) + line("evicted_keys", 0) +
         line("keyspace_hits", statistics.keyspace_hits) +
         line("keyspace_misses", statistics.keyspace_misses) + line("latest_fork_usec", 0) +
         line("pubsub_channels", server.pubsub().subscribers(PubSub::Kind::kChannel).size()) +
         line("pubsub_patterns", server.pubsub().subscribers(PubSub::Kind::kPattern).size()) +
         line("pubsubshard_channels", server.pubsub().subscribers(PubSub::Kind::kShardChannel).size()) +
         line("total_error_replies", statistics.error_replies) +
         line("slow_readers_dropped", statistics.slow_readers_dropped) +
         line("idle_clients_dropped", statistics.idle_dropped) +
         line("upstream_failures", statistics.upstream_failures) +
         line("acl_access_denied_auth", acl.denied(Denial::Reason::kAuth)) +
         line("acl_access_denied_cmd", acl.denied(Denial::Reason::kCommand)) +
         line("acl_access_denied_key", acl.denied(Denial::Reason::kKey)) +
         line("acl_access_denied_channel", acl.denied(Denial::Reason::kChannel));
}

struct Section {
  std::string_view name;
  std::string_view title;
  std::string (*describe)(const Server& server);
};

constexpr Section kSections[] = {{"server", "Server", server_section},
                                 {"clients", "Clients", clients_section},
                                 {"memory", "Memory", memory_section},
                                 {"persistence", "Persistence", persistence_section},
                                 {"tls", "TLS", tls_section},
                                 {"stats", "Stats", stats_section},
                                 {"replication", "Replication", replication_section},
                                 {"cpu", "CPU", cpu_section},
                                 {"cluster", "Cluster", cluster_section},
                                 {"keyspace", "Keyspace", keyspace_section}};

long long age_in_seconds(std::chrono::steady_clock::time_point since) {
  return duration_cast<seconds>(std::chrono::steady_clock::now() - since).count();
}

}  // namespace

std::map<uint64_t, SlotUsage> slot_usage(const Server& server) {
  std::map<uint64_t, SlotUsage> usage;
  if (const auto& slot = server.slots().current()) usage[slot->number];
  if (const auto& slot = server.slots().previous()) usage[slot->number];
  for (const auto& [id, connection] : server.connections()) {
    const Client& client = connection->client();
    if (!client.slot) continue;
    SlotUsage& of_slot = usage[*client.slot];
    ++(client.is_handshaking ? of_slot.handshaking : of_slot.connections);
  }
  return usage;
}

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
  const Transaction& transaction = client.transaction;
  const std::string multi = transaction.is_open ? std::to_string(transaction.commands.size()) : "-1";
  std::string flags;
  if (client.is_subscriber()) flags += 'P';
  if (transaction.is_open) flags += 'x';
  if (client.blocked.command != nullptr) flags += 'b';
  if (client.watched_has_changed) flags += 'd';
  std::string text =
      "id=" + std::to_string(client.id) + " addr=" + client.address + " laddr=" + client.local_address +
      " fd=" + std::to_string(client.descriptor) + " name=" + client.name +
      " age=" + std::to_string(age_in_seconds(client.created)) +
      " idle=" + std::to_string(age_in_seconds(connection.last_active())) +
      " flags=" + (flags.empty() ? "N" : flags) + " db=" + std::to_string(client.database) +
      " sub=" + std::to_string(client.channels.size()) + " psub=" + std::to_string(client.patterns.size()) +
      " ssub=" + std::to_string(client.shard_channels.size()) + " multi=" + multi +
      " watch=" + std::to_string(client.watched.size()) +
      " cmd=" + std::string(client.last_command == nullptr ? "NULL" : client.last_command->name) +
      " user=" + client.user->name() + " resp=" + std::to_string(client.protocol) +
      " lib-name=" + client.library_name + " lib-ver=" + client.library_version;
  if (client.slot) text += " tls-cert=" + std::to_string(*client.slot);
  if (!client.tls_version.empty()) {
    text += " tls-version=" + client.tls_version + " tls-cipher=" + client.tls_cipher;
  }
  if (!client.certificate_subject.empty()) {
    text += " tls-client-subject=" + base::quote_word(client.certificate_subject);
  }
  return text + "\n";
}

std::string describe_clients(const Server& server) {
  std::string text;
  for (const auto& [id, connection] : server.connections()) text += describe_client(*connection);
  return text;
}

}  // namespace server
