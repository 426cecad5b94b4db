#include "server/server.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "server/command.h"
#include "tls/key_memory.h"

namespace server {
namespace {

constexpr std::chrono::milliseconds kStopTime{1000};
constexpr std::chrono::milliseconds kSweepInterval{100};

// Bounds of what clients may leave unread.
constexpr std::chrono::seconds kReadersInterval{1};
constexpr std::chrono::seconds kSlowestReader{60};
constexpr std::chrono::seconds kStalledReader{2};
constexpr size_t kMostOwed = size_t{256} << 20;

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

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned>(a[i] ^ (i < b.size() ? b[i] : '\0'));
  }
  return difference == 0;
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
    server_.loop_.add(fd_.get(), EPOLLIN, *this);
  }

  void on_ready(uint32_t /*epoll_events*/) override {
    signalfd_siginfo signal{};
    if (::read(fd_.get(), &signal, sizeof signal) != sizeof signal) return;
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
  if (!config_.upstream.empty()) upstream_ = make_upstream_route(config_, clock_);
  listen();
  if (const auto& slot = slots_.current()) {
    log_.notice("certificate installed: " + describe(slot->leaf) + " file=" + config_.tls_cert_file +
                " slot=1 by=start");
  }
}

Server::~Server() {
  while (!connections_.empty()) connections_.begin()->second->close();
}

void Server::listen() {
  if (config_.plain_port() == 0 && config_.effective_tls_port() == 0) {
    throw base::Error(base::ErrorKind::kUsage, "nothing to listen on: set tls-port or port");
  }
  const auto add = [&](uint16_t port, Connection::Kind kind) {
    if (port == 0) return;
    for (const std::string& entry : config_.bind) {
      const bool optional = entry.starts_with('-');
      const std::string address = optional ? entry.substr(1) : entry;
      try {
        listeners_.push_back(std::make_unique<Listener>(
            loop_, address, port, [this, kind](base::FileDescriptor fd, std::string peer) {
              accept(std::move(fd), std::move(peer), kind);
            }));
      } catch (const base::Error& error) {
        // As in Redis: an address that this host doesn't have may be missing, one that is taken may not.
        if (!optional || error.kind() != base::ErrorKind::kNotFound) throw;
      }
    }
  };
  add(config_.plain_port(), Connection::Kind::kPlain);
  add(config_.effective_tls_port(), Connection::Kind::kTls);
  if (!config_.admin_socket.empty()) {
    admin_listener_ = std::make_unique<Listener>(
        loop_, config_.admin_socket, [this](base::FileDescriptor fd, std::string peer) {
          accept(std::move(fd), std::move(peer), Connection::Kind::kAdmin);
        });
  }
  if (listeners_.empty()) {
    throw base::Error(base::ErrorKind::kNotFound, "bind: this host has none of the addresses");
  }
}

void Server::run() {
  signals_ = std::make_unique<SignalHandler>(*this);
  sweep_keyspace();
  drop_slow_readers();
  if (uses_tls()) reloader_.follow_interval();
  log_.notice("ready to accept connections: tls-port=" + std::to_string(config_.effective_tls_port()) +
              " port=" + std::to_string(config_.plain_port()));
  while (!stopped_) {
    loop_.run_once();
    graveyard_.clear();
  }
  log_.notice("stopped");
}

void Server::accept(base::FileDescriptor fd, std::string peer, Connection::Kind kind) {
  if (connections_.size() >= config_.maxclients) {
    ++statistics_.rejected_connections;
    constexpr std::string_view kFull = "-ERR max number of clients reached\r\n";
    if (kind == Connection::Kind::kPlain) {
      ::send(fd.get(), kFull.data(), kFull.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    return;
  }
  ++statistics_.connections;
  Client client;
  client.id = ++last_id_;
  client.address = std::move(peer);
  // Whoever may open the admin socket may do all.
  client.authenticated = config_.requirepass.empty() || kind == Connection::Kind::kAdmin;
  client.created = client.last_active = std::chrono::steady_clock::now();
  const uint64_t id = client.id;
  connections_.emplace(id, std::make_unique<Connection>(*this, std::move(fd), kind, std::move(client)));
}

void Server::execute(Connection& connection, Client& client, const std::vector<std::string_view>& words,
                     std::string& replies) {
  ++statistics_.commands;
  Call call{*this, connection, client, words, resp::Encoder(replies, client.protocol)};
  execute_command(call);
}

void Server::change_config(const std::vector<ConfigChange>& changes) {
  make_changes(changes, config_);
  if (uses_tls()) reloader_.follow_interval();
}

bool Server::install_certificate(Connection& requester, std::vector<ConfigChange> changes) {
  Config wanted = installer_.planned_config();
  make_changes(changes, wanted);
  const Client& client = requester.client();
  try {
    return installer_.install({load_certificate(wanted, read_material(wanted), clock_), std::move(changes),
                               client.id, client.address});
  } catch (const base::Error& error) {
    report_refusal(wanted.tls_cert_file, client.address, error.what());
    throw;
  }
}

void Server::install_material(const TlsMaterial& material, const std::string& by) {
  installer_.install({load_certificate(config_, material, clock_), {}, std::nullopt, by});
}

void Server::report_refusal(const std::string& file, const std::string& by, const std::string& reason) {
  log_.warning("certificate refused: file=" + file + " by=" + by + " reason=\"" + reason + "\"");
}

void Server::publish(const Installation& installation, uint64_t dropped) {
  slots_.install(installation.certificate.leaf, installation.certificate.context);
  make_changes(installation.changes, config_);
  reloader_.follow_interval();
  installed_material_ = installation.certificate.material_sha256;
  client_roots_ = installation.certificate.client_roots;
  follow_upstream();
  statistics_.superseded_dropped += dropped;
  log_.notice("certificate installed: " + describe(installation.certificate.leaf) +
              " file=" + config_.tls_cert_file + " slot=" + std::to_string(slots_.current()->number) +
              " by=" + installation.by + " superseded_dropped=" + std::to_string(dropped));
  end_revoked(installation.certificate.client_crls);
}

// It is shown our certificate, and verified with our roots. What can't be used is kept until the next change.
void Server::follow_upstream() {
  if (!upstream_ || upstream_->context == nullptr) return;
  try {
    upstream_ = make_upstream_route(config_, clock_);
  } catch (const base::Error& error) {
    log_.warning(std::string("upstream keeps its certificates: ") + error.what());
  }
}

// After this turn's work: one of them may have asked for the new list.
void Server::end_revoked(const std::vector<pki::Crl>& crls) {
  if (crls.empty()) return;
  loop_.call_at(std::chrono::steady_clock::now(), [this, crls] {
    std::vector<Connection*> revoked;
    for (const auto& [id, connection] : connections_) {
      const auto* session = connection->session();
      if (session == nullptr || !session->is_established()) continue;
      const auto chain = session->result().chain;
      const bool is_revoked =
          !chain.empty() && std::any_of(crls.begin(), crls.end(),
                                        [&](const pki::Crl& crl) { return crl.revokes(chain.front()); });
      if (is_revoked) revoked.push_back(connection.get());
    }
    for (Connection* connection : revoked) {
      log_.notice("client certificate revoked: peer=" + connection->client().address);
      connection->goodbye();
    }
  });
}

Connection* Server::find(uint64_t id) {
  const auto found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

void Server::rewrite_config() {
  const std::filesystem::path file = config_.config_file;
  const std::string text = rewrite_config_text(base::read_file(file), config_);
  base::write_file(file, text, base::access_of(file));
  log_.notice("configuration rewritten: file=" + file.native());
}

bool Server::is_under_pressure() const { return owed_ > kMostOwed; }

// Those that have not read anything for a minute, and when all owe too much, those that don't read now, the
// largest first.
void Server::drop_slow_readers() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::pair<size_t, Connection*>> stalled;
  std::vector<Connection*> dropped;
  for (const auto& [id, connection] : connections_) {
    if (connection->unsent() == 0) continue;
    const auto idle = now - connection->last_sent();
    if (idle > kSlowestReader) {
      dropped.push_back(connection.get());
    } else if (idle > kStalledReader) {
      stalled.emplace_back(connection->unsent(), connection.get());
    }
  }
  std::sort(stalled.begin(), stalled.end());
  size_t owed = owed_;
  for (; owed > kMostOwed / 2 && is_under_pressure() && !stalled.empty(); stalled.pop_back()) {
    owed -= std::min(owed, stalled.back().first);
    dropped.push_back(stalled.back().second);
  }
  for (Connection* connection : dropped) {
    ++statistics_.slow_readers_dropped;
    log_.notice("slow reader dropped: peer=" + connection->client().address +
                " unsent=" + std::to_string(connection->unsent()));
    const uint64_t id = connection->client().id;
    connection->close();
    on_connection_ended(id);
  }
  loop_.call_at(now + kReadersInterval, [this] { drop_slow_readers(); });
}

bool Server::password_fits(std::string_view password) const {
  return config_.requirepass.empty() || equal_in_constant_time(password, config_.requirepass);
}

Milliseconds Server::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void Server::on_handshake(const Connection& connection) {
  ++(connection.session()->result().resumed ? statistics_.resumed_handshakes : statistics_.full_handshakes);
}

void Server::on_tls_failure(const Connection& connection, const std::string& reason) {
  if (connection.is_handshaking()) ++statistics_.failed_handshakes;
  log_.write(LogLevel::kVerbose,
             "TLS failed: peer=" + connection.client().address + " reason=\"" + reason + "\"");
}

void Server::on_connection_closed(uint64_t id) {
  const auto found = connections_.find(id);
  if (found == connections_.end()) return;
  graveyard_.push_back(std::move(found->second));
  connections_.erase(found);
}

void Server::on_connection_ended(uint64_t id) {
  if (stopping_ && connections_.empty()) stopped_ = true;
  installer_.on_connection_ended(id);
}

void Server::close_later(uint64_t id, std::chrono::milliseconds delay) {
  loop_.call_at(std::chrono::steady_clock::now() + delay, [this, id] {
    Connection* connection = find(id);
    if (connection == nullptr) return;
    connection->close();
    on_connection_ended(id);
  });
}

void Server::say_goodbye_later(uint64_t id, std::chrono::milliseconds delay) {
  loop_.call_at(std::chrono::steady_clock::now() + delay, [this, id] {
    if (Connection* connection = find(id)) connection->goodbye();
  });
}

void Server::give_up_connecting_later(uint64_t id, std::chrono::milliseconds delay) {
  loop_.call_at(std::chrono::steady_clock::now() + delay, [this, id] {
    if (Connection* connection = find(id)) connection->give_up_connecting();
  });
}

void Server::on_upstream_failure(const Connection& connection, const std::string& reason) {
  ++statistics_.upstream_failures;
  log_.warning("upstream failed: peer=" + connection.client().address + " reason=\"" + reason + "\"");
}

void Server::sweep_keyspace() {
  keyspace_.remove_some_expired(now_ms());
  loop_.call_at(std::chrono::steady_clock::now() + kSweepInterval, [this] { sweep_keyspace(); });
}

void Server::stop() {
  if (stopping_) return;
  stopping_ = true;
  log_.notice("stopping: no new connections; flushing replies");
  listeners_.clear();
  admin_listener_.reset();
  std::vector<Connection*> all;
  for (const auto& [id, connection] : connections_) all.push_back(connection.get());
  for (Connection* connection : all) connection->goodbye();
  if (connections_.empty()) stopped_ = true;
  loop_.call_at(std::chrono::steady_clock::now() + kStopTime, [this] { stopped_ = true; });
}

}  // namespace server
