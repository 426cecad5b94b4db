#include "server/metrics.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>

#include "server/info.h"
#include "server/memory.h"
#include "server/server.h"

namespace server {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

class Exposition {
 public:
  void counter(std::string_view name, std::string_view help) { family(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { family(name, help, "gauge"); }

  void counter(std::string_view name, std::string_view help, double value) {
    counter(name, help);
    sample(value);
  }
  void gauge(std::string_view name, std::string_view help, double value) {
    gauge(name, help);
    sample(value);
  }

  // Of the family that was begun last.
  void sample(double value, const Labels& labels = {}) {
    char number[40];
    std::snprintf(number, sizeof number, "%.17g", value);
    text_ += name_;
    for (const auto& [label, text] : labels) {
      text_ +=
          (label == labels.front().first ? "{" : ",") + std::string(label) + "=\"" + escaped(text) + "\"";
    }
    text_ += (labels.empty() ? " " : "} ") + std::string(number) + "\n";
  }

  std::string take() { return std::move(text_); }

 private:
  void family(std::string_view name, std::string_view help, std::string_view type) {
    name_ = name;
    text_ +=
        "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }

  static std::string escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
      if (c == '\\' || c == '"') escaped += '\\';
      escaped += c == '\n' ? ' ' : c;
    }
    return escaped;
  }

  std::string name_;
  std::string text_;
};

void add_certificates(Exposition& out, const Server& server) {
  const auto usage = slot_usage(server);
  const auto for_each_slot = [&](auto&& action) {
    if (const auto& slot = server.slots().current()) action(*slot, std::string("current"));
    if (const auto& slot = server.slots().previous()) action(*slot, std::string("previous"));
  };
  out.gauge("redis_cert_expiry_timestamp", "When the certificate ends, in seconds since 1970.");
  for_each_slot([&](const CertificateSlot& slot, const std::string& place) {
    out.sample(static_cast<double>(slot.leaf.not_after().time_since_epoch().count()),
               {{"slot", place},
                {"number", std::to_string(slot.number)},
                {"serial", slot.leaf.serial()},
                {"sha256", slot.sha256}});
  });
  out.gauge("redis_cert_connections", "Established connections that use the certificate.");
  for_each_slot([&](const CertificateSlot& slot, const std::string& place) {
    out.sample(static_cast<double>(usage.at(slot.number).connections),
               {{"slot", place}, {"number", std::to_string(slot.number)}});
  });
  out.gauge("redis_cert_handshakes_pending", "Unfinished handshakes with the certificate.");
  for_each_slot([&](const CertificateSlot& slot, const std::string& place) {
    out.sample(static_cast<double>(usage.at(slot.number).handshaking),
               {{"slot", place}, {"number", std::to_string(slot.number)}});
  });
  const auto& statistics = server.statistics();
  out.counter("redis_cert_superseded_dropped_total",
              "Connections ended because their certificate was superseded.",
              static_cast<double>(statistics.superseded_dropped));
  out.counter("redis_tls_handshakes_total", "Handshakes that were done.");
  out.sample(static_cast<double>(statistics.full_handshakes), {{"type", "full"}});
  out.sample(static_cast<double>(statistics.resumed_handshakes), {{"type", "resumed"}});
  out.counter("redis_tls_handshake_errors_total", "Handshakes that failed, by reason.");
  uint64_t explained = 0;
  for (const auto& [reason, count] : statistics.handshake_failures) {
    out.sample(static_cast<double>(count), {{"reason", reason}});
    explained += count;
  }
  out.sample(static_cast<double>(statistics.handshake_timeouts), {{"reason", "timeout"}});
  out.sample(static_cast<double>(statistics.handshakes_crowded_out), {{"reason", "too many at once"}});
  out.sample(static_cast<double>(statistics.failed_handshakes - explained), {{"reason", "other"}});
  out.counter("redis_tls_protocol_total", "Handshakes by protocol.");
  for (const auto& [name, count] : statistics.protocols)
    out.sample(static_cast<double>(count), {{"protocol", name}});
  out.counter("redis_tls_cipher_total", "Handshakes by cipher suite.");
  for (const auto& [name, count] : statistics.ciphers)
    out.sample(static_cast<double>(count), {{"cipher", name}});
  out.counter("redis_tls_plaintext_rejected_total", "Clients that spoke plaintext on the TLS port.",
              static_cast<double>(statistics.plaintext_on_tls_port));
  out.counter("redis_plaintext_tls_rejected_total", "Clients that spoke TLS on the plaintext port.",
              static_cast<double>(statistics.tls_on_plaintext_port));
}

double cpu_seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

void add_server(Exposition& out, const Server& server) {
  const auto& statistics = server.statistics();
  const auto count = [](uint64_t number) { return static_cast<double>(number); };
  out.gauge("redis_up", "The server answers.", 1);
  out.gauge("redis_uptime_in_seconds", "Seconds since the start.",
            std::chrono::duration<double>(std::chrono::steady_clock::now() - server.started()).count());
  out.gauge("redis_connected_clients", "Connected clients.", count(server.connections().size()));
  out.gauge("redis_blocked_clients", "Clients that wait for a key.", count(server.blocked_clients().size()));
  out.gauge("redis_config_maxclients", "maxclients.", count(server.config().maxclients));
  out.gauge("redis_config_maxmemory", "maxmemory, in bytes; 0 is no limit.",
            count(server.config().maxmemory));
  out.gauge("redis_memory_used_bytes", "Bytes that the allocator has given out.", count(used_memory()));
  out.gauge("redis_memory_used_rss_bytes", "Resident bytes.", count(resident_memory()));
  out.counter("redis_connections_received_total", "Connections accepted.", count(statistics.connections));
  out.counter("redis_rejected_connections_total", "Connections refused for maxclients.",
              count(statistics.rejected_connections));
  out.counter("redis_commands_processed_total", "Commands executed.", count(statistics.commands));
  out.counter("redis_net_input_bytes_total", "Bytes received.", count(server.input_bytes()));
  out.counter("redis_net_output_bytes_total", "Bytes sent.", count(server.output_bytes()));
  out.counter("redis_keyspace_hits_total", "Keys that were read and there.", count(statistics.keyspace_hits));
  out.counter("redis_keyspace_misses_total", "Keys that were read and not there.",
              count(statistics.keyspace_misses));
  out.counter("redis_expired_keys_total", "Keys removed because they had expired.",
              count(statistics.expired_keys));
  out.counter("redis_upstream_failures_total", "Clients whose upstream failed.",
              count(statistics.upstream_failures));
  out.counter("redis_acl_access_denied_total", "What users were not allowed to do, by what it was.");
  const Acl& acl = server.acl();
  out.sample(count(acl.denied(Denial::Reason::kAuth)), {{"type", "auth"}});
  out.sample(count(acl.denied(Denial::Reason::kCommand)), {{"type", "cmd"}});
  out.sample(count(acl.denied(Denial::Reason::kKey)), {{"type", "key"}});
  out.sample(count(acl.denied(Denial::Reason::kChannel)), {{"type", "channel"}});
  out.gauge("redis_db_keys", "Keys.");
  out.sample(count(server.keyspace().size()), {{"db", "db0"}});
  out.gauge("redis_db_keys_expiring", "Keys that expire.");
  out.sample(count(server.keyspace().expiring()), {{"db", "db0"}});
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  out.counter("redis_cpu_user_seconds_total", "CPU time in user mode.", cpu_seconds(usage.ru_utime));
  out.counter("redis_cpu_sys_seconds_total", "CPU time in the kernel.", cpu_seconds(usage.ru_stime));
}

}  // namespace

std::string describe_metrics(const Server& server) {
  Exposition out;
  add_certificates(out, server);
  add_server(out, server);
  return out.take();
}

}  // namespace server
