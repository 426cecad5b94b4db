// Server: clients while they are connected.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

#include "server/command.h"
#include "server/info.h"
#include "server/server.h"

namespace server {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kLookInterval{1};

// Bounds of what clients may leave unread.
constexpr std::chrono::seconds kSlowestReader{60};
constexpr std::chrono::seconds kStalledReader{2};
constexpr size_t kMostOwed = size_t{256} << 20;

// As Redis: a peer that is silent for so long is asked, thrice, and then given up.
void keep_alive(int fd, uint32_t seconds) {
  if (seconds == 0) return;
  const int on = 1;
  const auto idle = static_cast<int>(seconds);
  const int interval = std::max(idle / 3, 1);
  const int tries = 3;
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
}

void send_at_once(int fd, std::string_view text) {
  ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

void Server::accept(Accepted accepted, Connection::Kind kind) {
  const auto held = lock();
  if (connections_.size() >= config_.maxclients) {
    ++statistics_.rejected_connections;
    if (kind != Connection::Kind::kTls) {
      send_at_once(accepted.fd.get(), "-ERR max number of clients reached\r\n");
    }
    return;
  }
  ++statistics_.connections;
  keep_alive(accepted.fd.get(), config_.tcp_keepalive);
  Client client;
  client.id = ++last_id_;
  client.address = std::move(accepted.peer);
  client.local_address = std::move(accepted.local);
  client.is_local = accepted.is_local;
  client.may_do_all = kind == Connection::Kind::kAdmin;  // whoever may open that socket
  client.created = steady_clock::now();
  assign_user(client);
  if (kind == Connection::Kind::kPlain && is_protected_from(client)) {
    ++statistics_.protected_mode_rejections;
    return send_at_once(accepted.fd.get(), kProtected);
  }
  const uint64_t id = client.id;
  EventLoop& loop = *loops_[next_loop_++ % loops_.size()];
  const auto added = connections_.emplace(
      id, std::make_unique<Connection>(*this, loop, std::move(accepted.fd), kind, std::move(client)));
  call_later(*added.first->second, {}, [](Connection& connection) { connection.start(); });
}

void Server::execute(Connection& connection, Client& client, const Command* command,
                     std::span<const std::string_view> words, std::string& replies) {
  ++statistics_.commands;
  if (connection.has_pushes()) replies += connection.take_pushes();
  Call call{*this, connection, client, words, resp::Encoder(replies, client.protocol)};
  const size_t before = replies.size();
  execute_command(command, call);
  if (replies.size() > before && replies[before] == '-') ++statistics_.error_replies;
  if (blocked_.has_ready()) serve_blocked(connection);
}

std::shared_ptr<const tls::Context> Server::take_slot(Client& client) {
  const auto held = lock();
  const auto& slot = slots_.current();
  if (!slot) return nullptr;
  client.slot = slot->number;
  client.is_handshaking = true;
  handshaking_.insert(client.id);
  if (config_.tls_max_handshakes != 0 && handshaking_.size() > config_.tls_max_handshakes) {
    ++statistics_.handshakes_crowded_out;
    end_connections({*handshaking_.begin()}, {});
    handshaking_.erase(handshaking_.begin());
  }
  return slot->context;
}

void Server::leave_slot(Client& client) {
  const auto held = lock();
  client.slot.reset();
  client.is_handshaking = false;
  handshaking_.erase(client.id);
}

bool Server::on_handshake(Client& client, const tls::Session& session) {
  const auto result = session.result();
  const auto held = lock();
  client.is_handshaking = false;
  handshaking_.erase(client.id);
  ++(result.resumed ? statistics_.resumed_handshakes : statistics_.full_handshakes);
  ++statistics_.protocols[result.protocol];
  ++statistics_.ciphers[result.cipher];
  client.tls_version = result.protocol;
  client.tls_cipher = result.cipher;
  if (!result.chain.empty()) {
    client.certificate_subject = result.chain.front().subject();
    client.certificate_user = user_of_certificate(result.chain.front());
    assign_user(client);
  } else if (is_protected_from(client)) {
    ++statistics_.protected_mode_rejections;
    return false;
  }
  return true;
}

void Server::on_tls_failure(const Client& client, const std::string& reason) {
  const auto held = lock();
  if (client.is_handshaking) {
    ++statistics_.failed_handshakes;
    auto& reasons = statistics_.handshake_failures;
    if (reasons.size() < Statistics::kMostReasons || reasons.contains(reason)) ++reasons[reason];
  }
  log_.write(LogLevel::kVerbose, "TLS failed: peer=" + client.address + " reason=\"" + reason + "\"");
}

void Server::on_wrong_protocol(const Client& client, bool is_plaintext) {
  const auto held = lock();
  ++(is_plaintext ? statistics_.plaintext_on_tls_port : statistics_.tls_on_plaintext_port);
  noise_.log(log_, is_plaintext ? "plaintext on the TLS port" : "TLS on the plaintext port",
             "peer=" + client.address + " port=" + client.local_address);
}

void Server::end_http_client(Client& client) {
  client.close_after_reply = true;
  noise_.log(log_, "HTTP on a RESP port", "peer=" + client.address + " port=" + client.local_address);
}

std::string Server::take_pushes(Connection& connection) {
  const auto held = lock();
  return connection.take_pushes();
}

bool Server::is_under_pressure() const { return owed_.load(std::memory_order_relaxed) > kMostOwed; }

void Server::look_after_clients(EventLoop& loop) {
  const auto connections = connections_of(loop);
  drop_slow_readers(loop, connections);
  drop_idle_clients(loop, connections);
  loop.call_at(steady_clock::now() + kLookInterval, [this, &loop] { look_after_clients(loop); });
}

// Those that have not read anything for a minute, and when all owe too much, those that don't read now, the
// largest first.
void Server::drop_slow_readers(const EventLoop& loop, const std::vector<Connection*>& connections) {
  std::vector<std::pair<size_t, Connection*>> stalled;
  std::vector<Connection*> dropped;
  for (Connection* connection : connections) {
    if (connection->unsent() == 0) continue;
    const auto idle = loop.now() - connection->last_sent();
    if (idle > kSlowestReader) {
      dropped.push_back(connection);
    } else if (idle > kStalledReader) {
      stalled.emplace_back(connection->unsent(), connection);
    }
  }
  std::sort(stalled.begin(), stalled.end());
  size_t owed = owed_;
  for (; owed > kMostOwed / 2 && is_under_pressure() && !stalled.empty(); stalled.pop_back()) {
    owed -= std::min(owed, stalled.back().first);
    dropped.push_back(stalled.back().second);
  }
  for (Connection* connection : dropped) {
    {
      const auto held = lock();
      ++statistics_.slow_readers_dropped;
      log_.notice("slow reader dropped: peer=" + connection->client().address +
                  " unsent=" + std::to_string(connection->unsent()));
    }
    connection->end();
  }
}

// Those that don't finish their handshake, and those that send nothing for `timeout`, unless they wait for
// something themselves.
void Server::drop_idle_clients(const EventLoop& loop, const std::vector<Connection*>& connections) {
  std::vector<Connection*> dropped;
  {
    const auto held = lock();
    const std::chrono::seconds for_handshake(config_.tls_handshake_timeout);
    const std::chrono::seconds idle(config_.timeout);
    for (Connection* connection : connections) {
      const Client& client = connection->client();
      if (connection->has_said_goodbye()) continue;
      if (connection->is_before_handshake()) {
        if (for_handshake.count() == 0 || loop.now() - client.created < for_handshake) continue;
        ++statistics_.handshake_timeouts;
        dropped.push_back(connection);
      } else if (idle.count() != 0 && loop.now() - connection->last_active() > idle &&
                 client.blocked.command == nullptr && !client.is_subscriber()) {
        ++statistics_.idle_dropped;
        dropped.push_back(connection);
      }
    }
  }
  for (Connection* connection : dropped) connection->end();
}

// In its own loop, as the connection's promises ask for.
void Server::give_reply(const Client& client, std::string reply) {
  const Connection* connection = find(client.id);
  if (connection == nullptr) return;
  call_later(*connection, {},
             [reply = std::move(reply)](Connection& waiting) { waiting.resume_with(reply); });
}

void Server::block(Call& call, store::ValueType type, const std::vector<std::string_view>& keys,
                   std::chrono::milliseconds timeout) {
  Client& client = call.client;
  blocked_.add(client, call, type, keys);
  client.waits_for_reply = client.ends_when_it_leaves = true;
  if (timeout.count() == 0) return;
  call_later(call.connection, timeout, [this, number = client.blocked.number](Connection& connection) {
    const auto held = lock();
    if (connection.client().blocked.number == number) unblock(connection.client().id, false);
  });
}

bool Server::unblock(uint64_t id, bool as_error) {
  Connection* connection = find(id);
  if (connection == nullptr || connection->client().blocked.command == nullptr) return false;
  Client& client = connection->client();
  blocked_.remove(client);
  std::string reply;
  resp::Encoder encoder(reply, client.protocol);
  if (as_error) {
    encoder.error("UNBLOCKED client unblocked via CLIENT UNBLOCK");
  } else {
    encoder.null_array();
  }
  give_reply(client, std::move(reply));
  return true;
}

// Those who wait longest first; what their commands change may serve others.
void Server::serve_blocked(Connection& by) {
  while (const auto key = blocked_.take_ready()) {
    for (Client* client : blocked_.waiting_for(*key)) {
      const BlockedCall& blocked = client->blocked;
      const std::vector<std::string_view> words(blocked.words.begin(), blocked.words.end());
      std::string reply;
      Call call{*this, by, *client, words, resp::Encoder(reply, client->protocol)};
      const auto* entry = keyspace_.find(*key, call.now());
      if (entry == nullptr || entry->type() != blocked.type) continue;
      blocked.command->execute(call);
      if (reply.empty()) continue;
      blocked_.remove(*client);
      give_reply(*client, std::move(reply));
    }
  }
}

}  // namespace server
