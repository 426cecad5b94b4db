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
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "http/listener.h"
#include "server/acl.h"
#include "server/blocking.h"
#include "server/certificate_loader.h"
#include "server/certificate_slots.h"
#include "server/config.h"
#include "server/connection.h"
#include "server/event_loop.h"
#include "server/installer.h"
#include "server/listener.h"
#include "server/log.h"
#include "server/noise.h"
#include "server/pubsub.h"
#include "server/reloader.h"
#include "server/statistics.h"
#include "server/watched_keys.h"
#include "store/keyspace.h"

namespace server {

// What a client gets that protected-mode sends away.
inline constexpr std::string_view kProtected =
    "-DENIED redis-pki is in protected mode: a client from another host must show a certificate "
    "(tls-auth-clients), or log in (requirepass, user). To let everybody in, set protected-mode no\r\n";

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
  // changes. The requester waits, and is told when that is done, or why it is refused; then nothing has
  // changed.
  void install_certificate(Client& requester, std::vector<ConfigChange> changes, std::string error_prefix);

  // The same within EXEC, where it is loaded at once, if no other is under way. The requester waits when
  // connections of a superseded slot must end first: reply_when_installed() says with what it is told. Throws
  // Error when it is refused.
  void install_within_transaction(Client& requester, std::vector<ConfigChange> changes);
  void reply_when_installed(std::string encoded) { installer_.reply_with(std::move(encoded)); }

  // The same for files that have changed, under the configuration as it is.
  void install_material(TlsMaterial material, const std::string& by,
                        std::function<void(const std::string& reason)> on_refusal);
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
  void reset_statistics();
  void stop_later();
  bool uses_tls() const { return config_.effective_tls_port() != 0; }

  EventLoop& main_loop() { return *loops_.front(); }
  Connection* find(uint64_t id);  // null when it has gone
  store::Keyspace& keyspace() { return keyspace_; }
  const store::Keyspace& keyspace() const { return keyspace_; }
  Acl& acl() { return acl_; }
  const Acl& acl() const { return acl_; }
  PubSub& pubsub() { return pubsub_; }
  const PubSub& pubsub() const { return pubsub_; }
  WatchedKeys& watched_keys() { return watched_keys_; }
  const BlockedClients& blocked_clients() const { return blocked_; }
  const Config& config() const { return config_; }
  Config config_after(const std::vector<ConfigChange>& changes) const;
  const CertificateSlots& slots() const { return slots_; }
  const std::map<uint64_t, std::unique_ptr<Connection>>& connections() const { return connections_; }
  const Statistics& statistics() const { return statistics_; }
  Statistics& statistics() { return statistics_; }
  const base::Clock& clock() const { return clock_; }
  const std::string& version() const { return version_; }
  const std::string& run_id() const { return run_id_; }
  std::chrono::steady_clock::time_point started() const { return started_; }
  bool has_upstream() const { return upstream_ != nullptr; }

  // Of the value of a key.
  void on_change(std::string_view key) {
    watched_keys_.on_change(key);
    blocked_.on_change(key);
  }
  bool is_out_of_memory() const { return is_out_of_memory_; }

  // Whether it may call what isn't open to strangers.
  bool is_authenticated(const Client& client) const;
  // Makes it the user that it is without AUTH: of its certificate, or "default".
  void assign_user(Client& client);
  // Ends those whose user has been removed or turned off; `caller` after its reply.
  void end_clients_that_may_not_stay(Client& caller);
  void end_clients(std::vector<uint64_t> ids, Client& caller);
  void end_http_client(Client& client);
  void load_users();  // of the aclfile; throws Error, then nothing has changed
  void save_users();  // throws Error; then the file is as it was

  // The call is tried again when one of the keys changes, until the timeout, of which 0 is none.
  void block(Call& call, store::ValueType type, const std::vector<std::string_view>& keys,
             std::chrono::milliseconds timeout);
  bool unblock(uint64_t id, bool as_error);  // false: it doesn't wait

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
  // False when the client must be sent away, with kProtected.
  bool on_handshake(Client& client, const tls::Session& session);
  void on_tls_failure(const Client& client, const std::string& reason);
  // The first bytes are of the other protocol: plaintext where TLS is spoken, or TLS where it is not.
  void on_wrong_protocol(const Client& client, bool is_plaintext);
  std::string take_pushes(Connection& connection);
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

  // By any thread: bytes that went through sockets.
  void count_input(size_t bytes) { input_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  void count_output(size_t bytes) { output_bytes_.fetch_add(bytes, std::memory_order_relaxed); }
  uint64_t input_bytes() const { return input_bytes_; }
  uint64_t output_bytes() const { return output_bytes_; }

 private:
  class SignalHandler;

  void listen();
  void serve_metrics();
  void set_up_users();
  void run_loop(EventLoop& loop);
  void stop_loops();
  void follow_upstream();
  void accept(Accepted accepted, Connection::Kind kind);
  bool is_protected_from(const Client& client) const;
  std::string user_of_certificate(const pki::Certificate& certificate) const;
  std::vector<std::string> users_for_file() const;
  void serve_blocked(Connection& by);
  void give_reply(const Client& client, std::string reply);
  Connection* find_and_unlock(uint64_t id);
  void end_some(EventLoop& loop, std::vector<uint64_t> ids, std::chrono::milliseconds flush_time);
  void end_revoked(const std::vector<pki::Crl>& crls);
  void end_revoked_of(const EventLoop& loop, const std::vector<pki::Crl>& crls);
  std::vector<Connection*> connections_of(const EventLoop& loop);
  void look_after_clients(EventLoop& loop);
  void drop_slow_readers(const EventLoop& loop, const std::vector<Connection*>& connections);
  void drop_idle_clients(const EventLoop& loop, const std::vector<Connection*>& connections);
  void sweep_keyspace();
  void stop();

  std::mutex mutex_;
  Config config_;
  std::string version_;
  std::string run_id_;
  const base::Clock& clock_;
  Log& log_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<EventLoop>> loops_;  // the first accepts connections and has the timers
  size_t next_loop_ = 0;                           // for the next connection
  store::Keyspace keyspace_;
  Acl acl_;
  PubSub pubsub_;
  WatchedKeys watched_keys_;
  BlockedClients blocked_;
  bool is_out_of_memory_ = false;
  CertificateSlots slots_;
  Statistics statistics_;
  std::map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::set<uint64_t> handshaking_;  // the clients, the oldest first
  Noise noise_;
  Installer installer_{*this};
  Reloader reloader_{*this};
  std::shared_ptr<const UpstreamRoute> upstream_;  // null when commands are executed here
  std::string installed_material_;
  std::vector<pki::Certificate> client_roots_;  // those of the current certificate
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<Listener> admin_listener_;
  std::unique_ptr<http::Listener> metrics_;
  std::unique_ptr<SignalHandler> signals_;
  std::exception_ptr failure_;  // of a loop
  uint64_t last_id_ = 0;
  bool stopping_ = false;
  std::atomic<size_t> owed_ = 0;
  std::atomic<uint64_t> input_bytes_ = 0;
  std::atomic<uint64_t> output_bytes_ = 0;
  std::atomic<bool> stopped_ = false;
};

}  // namespace server
