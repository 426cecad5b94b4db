#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "server/certificate_loader.h"
#include "server/certificate_slots.h"
#include "server/config.h"
#include "server/connection.h"
#include "server/event_loop.h"
#include "server/installer.h"
#include "server/keyspace.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/reloader.h"

namespace server {

struct Statistics {
  uint64_t connections = 0;
  uint64_t rejected_connections = 0;
  uint64_t commands = 0;
  uint64_t full_handshakes = 0;
  uint64_t resumed_handshakes = 0;
  uint64_t failed_handshakes = 0;
  uint64_t superseded_dropped = 0;
  uint64_t slow_readers_dropped = 0;
  uint64_t upstream_failures = 0;
};

// The bundled TLS RESP server. It keeps the two-certificate rule: a new certificate serves new connections at
// once, established ones stay, and a third certificate ends the connections of the oldest before it serves.
class Server {
 public:
  // Loads the certificate and listens. Throws Error; then nothing listens.
  Server(Config config, std::string version, const base::Clock& clock, Log& log);
  ~Server();

  // Serves until SIGTERM or SIGINT; then says goodbye to everyone.
  void run();

  // For commands and connections.

  // Checks the certificate that the configuration names after these changes, gives it a slot, and makes the
  // changes. True when that is done; false when connections of a superseded slot must end first: `requester`
  // gets its reply by then. Throws Error with the reason when it is refused; then nothing has changed.
  bool install_certificate(Connection& requester, std::vector<ConfigChange> changes);

  // The same for files that have changed, under the configuration as it is.
  void install_material(const TlsMaterial& material, const std::string& by);
  bool is_installing() const { return !installer_.is_idle(); }
  const std::string& installed_material() const { return installed_material_; }  // its SHA-256
  const std::vector<pki::Certificate>& client_roots() const { return client_roots_; }
  void report_refusal(const std::string& file, const std::string& by, const std::string& reason);

  // Gives the slot to a certificate whose predecessor's connections have ended.
  void publish(const Installation& installation, uint64_t dropped);

  void execute(Connection& connection, Client& client, const std::vector<std::string_view>& words,
               std::string& replies);
  void change_config(const std::vector<ConfigChange>& changes);
  void rewrite_config();  // throws Error; then the file is as it was
  bool password_fits(std::string_view password) const;
  bool uses_tls() const { return config_.effective_tls_port() != 0; }

  EventLoop& loop() { return loop_; }
  Connection* find(uint64_t id);  // null when it has gone
  Keyspace& keyspace() { return keyspace_; }
  Milliseconds now_ms() const;
  const Config& config() const { return config_; }
  const CertificateSlots& slots() const { return slots_; }
  const std::map<uint64_t, std::unique_ptr<Connection>>& connections() const { return connections_; }
  const Statistics& statistics() const { return statistics_; }
  const base::Clock& clock() const { return clock_; }
  const std::string& version() const { return version_; }
  std::chrono::steady_clock::time_point started() const { return started_; }

  void on_handshake(const Connection& connection);
  void on_tls_failure(const Connection& connection, const std::string& reason);
  void on_connection_closed(uint64_t id);
  void on_connection_ended(uint64_t id);
  // The sum of what clients have not read yet.
  void change_owed(size_t before, size_t now) { owed_ += now - before; }
  bool is_under_pressure() const;
  void close_later(uint64_t id, std::chrono::milliseconds delay);
  void say_goodbye_later(uint64_t id, std::chrono::milliseconds delay);

  // Where clients' commands go; null when they are executed here.
  const UpstreamRoute* upstream_route() const { return upstream_ ? &*upstream_ : nullptr; }
  void on_upstream_failure(const Connection& connection, const std::string& reason);
  void give_up_connecting_later(uint64_t id, std::chrono::milliseconds delay);

 private:
  class SignalHandler;

  void listen();
  void follow_upstream();
  void accept(base::FileDescriptor fd, std::string peer, Connection::Kind kind);
  void end_revoked(const std::vector<pki::Crl>& crls);
  void drop_slow_readers();
  void sweep_keyspace();
  void stop();

  Config config_;
  std::string version_;
  const base::Clock& clock_;
  Log& log_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  EventLoop loop_;
  Keyspace keyspace_;
  CertificateSlots slots_;
  Statistics statistics_;
  std::map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> graveyard_;  // closed in this turn; events may still name them
  Installer installer_{*this};
  Reloader reloader_{*this};
  std::optional<UpstreamRoute> upstream_;
  std::string installed_material_;
  std::vector<pki::Certificate> client_roots_;  // those of the current certificate
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<Listener> admin_listener_;
  std::unique_ptr<SignalHandler> signals_;
  size_t owed_ = 0;
  uint64_t last_id_ = 0;
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace server
