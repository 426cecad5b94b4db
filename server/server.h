#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
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

struct Command;

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
//
// Each event loop has a thread and connections of its own: receiving, TLS, parsing and sending happen there
// side by side. All else, above all executing commands, happens under one lock, which a loop takes once for
// what one wake-up brought.
class Server {
 public:
  // Loads the certificate and listens. Throws Error; then nothing listens.
  Server(Config config, std::string version, const base::Clock& clock, Log& log);
  ~Server();

  // Serves until SIGTERM or SIGINT; then says goodbye to everyone.
  void run();

  [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

  // With the lock:

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

  // Executes a command; it is null when there is none of that name.
  void execute(Connection& connection, Client& client, const Command* command,
               std::span<const std::string_view> words, std::string& replies);
  void change_config(const std::vector<ConfigChange>& changes);
  void rewrite_config();  // throws Error; then the file is as it was
  bool password_fits(std::string_view password) const;
  bool uses_tls() const { return config_.effective_tls_port() != 0; }

  EventLoop& main_loop() { return *loops_.front(); }
  Connection* find(uint64_t id);  // null when it has gone
  Keyspace& keyspace() { return keyspace_; }
  const Config& config() const { return config_; }
  const CertificateSlots& slots() const { return slots_; }
  const std::map<uint64_t, std::unique_ptr<Connection>>& connections() const { return connections_; }
  const Statistics& statistics() const { return statistics_; }
  const base::Clock& clock() const { return clock_; }
  const std::string& version() const { return version_; }
  std::chrono::steady_clock::time_point started() const { return started_; }
  bool has_upstream() const { return upstream_ != nullptr; }

  // Says goodbye to them, each in its own loop, which serves others meanwhile, and closes those that have not
  // read what they are owed after `flush_time`. Each is reported by on_connection_ended().
  void end_connections(const std::vector<uint64_t>& ids, std::chrono::milliseconds flush_time);

  // With or without the lock: has the connection do it in its loop's thread, if it is still there by then.
  void call_later(const Connection& connection, std::chrono::milliseconds delay,
                  std::function<void(Connection&)> action);

  // Without the lock, which these take:

  // Makes the client one of the current certificate; null when there is none.
  std::shared_ptr<const tls::Context> take_slot(Client& client);
  void leave_slot(Client& client);
  void on_handshake(Client& client, const tls::Session& session);
  void on_tls_failure(const Client& client, const std::string& reason);
  void on_connection_closed(uint64_t id);
  void on_connection_ended(uint64_t id);

  // Where clients' commands go.
  std::shared_ptr<const UpstreamRoute> upstream_route();
  void on_upstream_failure(const Client& client, const std::string& reason);

  // By any thread: the sum of what clients have not read yet.
  void change_owed(size_t before, size_t now) {
    if (before != now) owed_.fetch_add(now - before, std::memory_order_relaxed);
  }
  bool is_under_pressure() const;

 private:
  class SignalHandler;

  void listen();
  void run_loop(EventLoop& loop);
  void stop_loops();
  void follow_upstream();
  void accept(base::FileDescriptor fd, std::string peer, Connection::Kind kind);
  Connection* find_and_unlock(uint64_t id);
  void end_some(EventLoop& loop, std::vector<uint64_t> ids, std::chrono::milliseconds flush_time);
  void end_revoked(const std::vector<pki::Crl>& crls);
  void end_revoked_of(const EventLoop& loop, const std::vector<pki::Crl>& crls);
  std::vector<Connection*> connections_of(const EventLoop& loop);
  void drop_slow_readers(EventLoop& loop);
  void sweep_keyspace();
  void stop();

  std::mutex mutex_;
  Config config_;
  std::string version_;
  const base::Clock& clock_;
  Log& log_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<EventLoop>> loops_;  // the first accepts connections and has the timers
  size_t next_loop_ = 0;                           // for the next connection
  Keyspace keyspace_;
  CertificateSlots slots_;
  Statistics statistics_;
  std::map<uint64_t, std::unique_ptr<Connection>> connections_;
  Installer installer_{*this};
  Reloader reloader_{*this};
  std::shared_ptr<const UpstreamRoute> upstream_;  // null when commands are executed here
  std::string installed_material_;
  std::vector<pki::Certificate> client_roots_;  // those of the current certificate
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<Listener> admin_listener_;
  std::unique_ptr<SignalHandler> signals_;
  std::exception_ptr failure_;  // of a loop
  uint64_t last_id_ = 0;
  bool stopping_ = false;
  std::atomic<size_t> owed_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace server
