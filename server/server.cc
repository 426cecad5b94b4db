#include "server/server.h"

#include <openssl/rand.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/timestamp.h"
#include "pki/openssl_error.h"
#include "server/info.h"
#include "server/memory.h"
#include "server/metrics.h"
#include "tls/key_memory.h"

namespace server {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kStopTime{1000};
constexpr size_t kEndedPerTurn = 200;
constexpr std::chrono::milliseconds kSweepInterval{100};

constexpr std::chrono::seconds kLookInterval{1};

std::string describe(const pki::Certificate& leaf) {
  return "sha256=" + leaf.sha256() + " serial=" + leaf.serial() + " subject=\"" + leaf.subject() +
         "\" not_after=" + base::format_timestamp(leaf.not_after());
}

// As Redis: room for all clients and some files; what the system refuses lowers maxclients.
uint32_t raise_file_limit(uint32_t maxclients) {
  constexpr rlim_t kOtherFiles = 32;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return maxclients;
  const rlim_t wanted = maxclients + kOtherFiles;
  if (limit.rlim_cur < wanted) {
    const rlimit raised{std::min(wanted, limit.rlim_max), limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  if (limit.rlim_cur >= wanted) return maxclients;
  return static_cast<uint32_t>(limit.rlim_cur > kOtherFiles ? limit.rlim_cur - kOtherFiles : 1);
}

}  // namespace

class Server::SignalHandler : public EventLoop::Handler {
 public:
  explicit SignalHandler(Server& server) : server_(server) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    fd_ = base::FileDescriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd_.is_open()) throw base::system_error("watch", "signals", errno);
    server_.main_loop().add(fd_.get(), EPOLLIN, *this);
  }

  void on_ready(uint32_t /*epoll_events*/) override {
    signalfd_siginfo signal{};
    if (::read(fd_.get(), &signal, sizeof signal) != sizeof signal) return;
    const auto lock = server_.lock();
    if (signal.ssi_signo == SIGHUP) {
      if (server_.uses_tls()) server_.reloader_.reload_now();
    } else {
      server_.stop();
    }
  }

 private:
  Server& server_;
  base::FileDescriptor fd_;
};

Server::Server(Config config, std::string version, const base::Clock& clock, Log& log)
    : config_(std::move(config)), version_(std::move(version)), clock_(clock), log_(log) {
  for (uint32_t i = 0; i < config_.io_threads; ++i) loops_.push_back(std::make_unique<EventLoop>());
  uint8_t id[20];
  pki::require(RAND_bytes(id, sizeof id) == 1, "no randomness");
  run_id_ = base::to_hex(id);
  if (uses_tls()) {
    if (config_.mlock && !tls::protect_key_memory()) {
      log_.warning(
          "mlock: the system refuses to lock memory, so keys may reach the swap; raise 'ulimit -l', or set "
          "mlock no");
    }
    LoadedCertificate certificate = load_certificate(config_, read_material(config_), clock_);
    installed_material_ = certificate.material_sha256;
    client_roots_ = certificate.client_roots;
    slots_.install(certificate.leaf, std::move(certificate.context));
  }
  if (const uint32_t possible = raise_file_limit(config_.maxclients); possible < config_.maxclients) {
    log_.warning("maxclients: lowered from " + std::to_string(config_.maxclients) + " to " +
                 std::to_string(possible) +
                 ", as many as the system allows open files for; raise 'ulimit -n'");
    config_.maxclients = possible;
  }
  if (!config_.upstream.empty()) {
    upstream_ = std::make_shared<UpstreamRoute>(make_upstream_route(config_, clock_));
  }
  set_up_users();
  signals_ =
      std::make_unique<SignalHandler>(*this);  // before there are threads, which inherit what it blocks
  listen();
  serve_metrics();
  if (const auto& slot = slots_.current()) {
    log_.notice("certificate installed: " + describe(slot->leaf) + " file=" + config_.tls_cert_file +
                " slot=1 by=start");
  }
}

Server::~Server() {
  while (!connections_.empty()) connections_.begin()->second->close();
}

void Server::listen() {
  if (config_.plain_port() == 0 && config_.effective_tls_port() == 0 && config_.unixsocket.empty()) {
    throw base::Error(base::ErrorKind::kUsage, "nothing to listen on: set tls-port, port or unixsocket");
  }
  const auto add = [&](uint16_t port, Connection::Kind kind) {
    if (port == 0) return;
    for (const std::string& entry : config_.bind) {
      const bool optional = entry.starts_with('-');
      const std::string address = optional ? entry.substr(1) : entry;
      try {
        listeners_.push_back(std::make_unique<Listener>(
            main_loop(), address, port,
            [this, kind](Accepted accepted) { accept(std::move(accepted), kind); }));
      } catch (const base::Error& error) {
        // As in Redis: an address that this host doesn't have may be missing, one that is taken may not.
        if (!optional || error.kind() != base::ErrorKind::kNotFound) throw;
      }
    }
  };
  add(config_.plain_port(), Connection::Kind::kPlain);
  add(config_.effective_tls_port(), Connection::Kind::kTls);
  if (!config_.unixsocket.empty()) {
    listeners_.push_back(Listener::at_path(
        main_loop(), config_.unixsocket, config_.unixsocketperm,
        [this](Accepted accepted) { accept(std::move(accepted), Connection::Kind::kPlain); }));
  }
  if (!config_.admin_socket.empty()) {
    admin_listener_ = Listener::at_path(main_loop(), config_.admin_socket, 0600, [this](Accepted accepted) {
      accept(std::move(accepted), Connection::Kind::kAdmin);
    });
  }
  if (listeners_.empty()) {
    throw base::Error(base::ErrorKind::kNotFound, "bind: this host has none of the addresses");
  }
}

void Server::run() {
  {
    const auto held = lock();
    main_loop().call_at(steady_clock::now(), [this] { sweep_keyspace(); });
    for (const auto& loop : loops_) {
      loop->call_at(steady_clock::now() + kLookInterval, [this, &loop] { look_after_clients(*loop); });
    }
    if (uses_tls()) reloader_.follow_interval();
    log_.notice("ready to accept connections: tls-port=" + std::to_string(config_.effective_tls_port()) +
                " port=" + std::to_string(config_.plain_port()));
  }
  std::vector<std::thread> threads;
  for (size_t i = 1; i < loops_.size(); ++i) threads.emplace_back([this, i] { run_loop(*loops_[i]); });
  run_loop(main_loop());
  for (std::thread& thread : threads) thread.join();
  if (failure_) std::rethrow_exception(failure_);
  log_.notice("stopped");
}

void Server::run_loop(EventLoop& loop) {
  try {
    while (!stopped_) loop.run_once();
  } catch (...) {
    const auto held = lock();
    failure_ = std::current_exception();
    stop_loops();
  }
}

void Server::stop_loops() {
  stopped_ = true;
  for (const auto& loop : loops_) loop->call_at(steady_clock::now(), [] {});
}

void Server::change_config(const std::vector<ConfigChange>& changes) {
  const std::string password = config_.requirepass;
  make_changes(changes, config_);
  if (config_.requirepass != password) acl_.set_default_password(config_.requirepass);
  if (uses_tls()) reloader_.follow_interval();
}

Config Server::config_after(const std::vector<ConfigChange>& changes) const {
  Config config = config_;
  make_changes(changes, config);
  return config;
}

void Server::install_certificate(Client& requester, std::vector<ConfigChange> changes,
                                 std::string error_prefix) {
  requester.waits_for_reply = true;
  installer_.install({.changes = std::move(changes),
                      .requester = requester.id,
                      .error_prefix = std::move(error_prefix),
                      .by = requester.address});
}

void Server::install_within_transaction(Client& requester, std::vector<ConfigChange> changes) {
  if (is_installing()) {
    throw base::Error(base::ErrorKind::kRefused, "another certificate is being installed; try again");
  }
  const Config config = config_after(changes);
  Installation installation{
      .changes = std::move(changes), .requester = requester.id, .by = requester.address};
  try {
    installation.certificate = load_certificate(config, read_material(config), clock_);
  } catch (const base::Error& error) {
    report_refusal(config.tls_cert_file, requester.address, error.what());
    throw;
  }
  if (!installer_.install_loaded(std::move(installation))) requester.waits_for_reply = true;
}

void Server::install_material(TlsMaterial material, const std::string& by,
                              std::function<void(const std::string& reason)> on_refusal) {
  installer_.install({.material = std::move(material), .by = by, .on_refusal = std::move(on_refusal)});
}

void Server::report_refusal(const std::string& file, const std::string& by, const std::string& reason) {
  log_.warning("certificate refused: file=" + file + " by=" + by + " reason=\"" + reason + "\"");
}

void Server::publish(const Installation& installation, uint64_t dropped) {
  const LoadedCertificate& certificate = *installation.certificate;
  slots_.install(certificate.leaf, certificate.context);
  make_changes(installation.changes, config_);
  reloader_.follow_interval();
  installed_material_ = certificate.material_sha256;
  client_roots_ = certificate.client_roots;
  follow_upstream();
  statistics_.superseded_dropped += dropped;
  log_.notice("certificate installed: " + describe(certificate.leaf) + " file=" + config_.tls_cert_file +
              " slot=" + std::to_string(slots_.current()->number) + " by=" + installation.by +
              " superseded_dropped=" + std::to_string(dropped));
  end_revoked(certificate.client_crls);
}

// It is shown our certificate, and verified with our roots. What can't be used is kept until the next change.
void Server::follow_upstream() {
  if (!upstream_ || upstream_->context == nullptr) return;
  try {
    upstream_ = std::make_shared<UpstreamRoute>(make_upstream_route(config_, clock_));
  } catch (const base::Error& error) {
    log_.warning(std::string("upstream keeps its certificates: ") + error.what());
  }
}

// After this turn's work: one of them may have asked for the new list.
void Server::end_revoked(const std::vector<pki::Crl>& crls) {
  if (crls.empty()) return;
  for (const auto& loop : loops_) {
    loop->call_at(steady_clock::now(), [this, crls, &loop] { end_revoked_of(*loop, crls); });
  }
}

void Server::end_revoked_of(const EventLoop& loop, const std::vector<pki::Crl>& crls) {
  for (Connection* connection : connections_of(loop)) {
    const auto* session = connection->session();
    if (session == nullptr || !session->is_established()) continue;
    const auto chain = session->result().chain;
    const bool is_revoked = !chain.empty() && std::any_of(crls.begin(), crls.end(), [&](const pki::Crl& crl) {
      return crl.revokes(chain.front());
    });
    if (!is_revoked) continue;
    {
      const auto held = lock();
      log_.notice("client certificate revoked: peer=" + connection->client().address);
    }
    connection->goodbye();
  }
}

// They stay until this turn of the loop ends.
std::vector<Connection*> Server::connections_of(const EventLoop& loop) {
  const auto held = lock();
  std::vector<Connection*> found;
  for (const auto& [id, connection] : connections_) {
    if (&connection->loop() == &loop) found.push_back(connection.get());
  }
  return found;
}

Connection* Server::find(uint64_t id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void Server::rewrite_config() {
  const std::filesystem::path file = config_.config_file;
  Config rewritten = config_;
  rewritten.users = users_for_file();
  const std::string text = rewrite_config_text(base::read_file(file), rewritten);
  base::write_file(file, text, base::access_of(file));
  log_.notice("configuration rewritten: file=" + file.native());
}

void Server::on_connection_closed(uint64_t id) {
  const auto held = lock();
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  Connection& connection = *found->second;
  Client& client = connection.client();
  handshaking_.erase(id);
  blocked_.remove(client);
  watched_keys_.unwatch_all(client);
  pubsub_.forget(connection);
  EventLoop& loop = connection.loop();
  loop.retire(std::move(found->second));
  connections_.erase(found);
}

void Server::on_connection_ended(uint64_t id) {
  const auto held = lock();
  if (stopping_ && connections_.empty()) stop_loops();
  installer_.on_connection_ended(id);
}

std::shared_ptr<const UpstreamRoute> Server::upstream_route() {
  const auto held = lock();
  return upstream_;
}

void Server::on_upstream_failure(const Client& client, const std::string& reason) {
  const auto held = lock();
  ++statistics_.upstream_failures;
  log_.warning("upstream failed: peer=" + client.address + " reason=\"" + reason + "\"");
}

// For the thread of its loop, which alone ends it.
Connection* Server::find_and_unlock(uint64_t id) {
  const auto held = lock();
  return find(id);
}

void Server::call_later(const Connection& connection, std::chrono::milliseconds delay,
                        std::function<void(Connection&)> action) {
  connection.loop().call_at(steady_clock::now() + delay,
                            [this, id = connection.client().id, action = std::move(action)] {
                              if (Connection* found = find_and_unlock(id)) action(*found);
                            });
}

void Server::end_connections(const std::vector<uint64_t>& ids, std::chrono::milliseconds flush_time) {
  std::map<EventLoop*, std::vector<uint64_t>> by_loop;
  for (const uint64_t id : ids) {
    if (const Connection* connection = find(id)) by_loop[&connection->loop()].push_back(id);
  }
  for (auto& [loop, of_loop] : by_loop) {
    // After its turn's work: connections must not be ended while one of them is executing.
    loop->call_at(steady_clock::now(), [this, loop = loop, of_loop = std::move(of_loop), flush_time] {
      end_some(*loop, of_loop, flush_time);
    });
  }
}

void Server::end_some(EventLoop& loop, std::vector<uint64_t> ids, std::chrono::milliseconds flush_time) {
  const size_t last = ids.size() > kEndedPerTurn ? ids.size() - kEndedPerTurn : 0;
  for (size_t i = ids.size(); i > last; --i) {
    Connection* connection = find_and_unlock(ids[i - 1]);
    if (connection == nullptr || connection->goodbye()) {
      on_connection_ended(ids[i - 1]);
      continue;
    }
    call_later(*connection, flush_time, [](Connection& late) {
      if (!late.has_said_goodbye()) late.end();
    });
  }
  ids.resize(last);
  if (ids.empty()) return;
  loop.call_at(steady_clock::now(),
               [this, &loop, ids = std::move(ids), flush_time] { end_some(loop, ids, flush_time); });
}

void Server::sweep_keyspace() {
  const auto held = lock();
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  statistics_.expired_keys += keyspace_.remove_some_expired(now.count());
  const size_t used = used_memory();
  is_out_of_memory_ = config_.maxmemory != 0 && used > config_.maxmemory;
  statistics_.peak_memory = std::max(statistics_.peak_memory, used);
  statistics_.command_rate.sample(statistics_.commands, main_loop().now());
  main_loop().call_at(steady_clock::now() + kSweepInterval, [this] { sweep_keyspace(); });
}

void Server::serve_metrics() {
  if (config_.metrics_port == 0) return;
  std::string host = config_.bind.front();
  if (host.starts_with('-')) host.erase(0, 1);
  metrics_ = std::make_unique<http::Listener>(
      host == "*" ? "0.0.0.0" : host, config_.metrics_port, [this](const std::string& path) -> http::Page {
        if (path != "/metrics") return {404, "text/plain; charset=utf-8", "the metrics are at /metrics\n"};
        const auto held = lock();
        return {200, "text/plain; version=0.0.4; charset=utf-8", describe_metrics(*this)};
      });
}

void Server::reset_statistics() {
  statistics_ = {};
  input_bytes_ = output_bytes_ = 0;
}

void Server::stop_later() {
  main_loop().call_at(steady_clock::now(), [this] {
    const auto held = lock();
    stop();
  });
}

// With the lock, in the main loop.
void Server::stop() {
  if (stopping_) return;
  stopping_ = true;
  log_.notice("stopping: no new connections; flushing replies");
  for (auto& listener : listeners_) main_loop().retire(std::move(listener));
  listeners_.clear();
  if (admin_listener_) main_loop().retire(std::move(admin_listener_));
  std::vector<uint64_t> all;
  for (const auto& [id, connection] : connections_) all.push_back(id);
  end_connections(all, kStopTime);
  if (connections_.empty()) return stop_loops();
  main_loop().call_at(steady_clock::now() + kStopTime, [this] { stop_loops(); });
}

}  // namespace server
