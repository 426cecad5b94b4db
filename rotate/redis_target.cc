#include "rotate/redis_target.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "rotate/client_list.h"

namespace rotate {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kDialled = 8;  // of a cluster's nodes
constexpr size_t kDroppedAtOnce = 50;
constexpr std::chrono::milliseconds kPause{20};  // between as many
constexpr int kPatience = 25;                    // rounds in which a client that is busy is left alone

uint64_t client_id(redis::Connection& connection) {
  const resp::Value reply = connection.command({"CLIENT", "ID"});
  return reply.is_error() ? 0 : static_cast<uint64_t>(reply.integer);
}

}  // namespace

RedisTarget::RedisTarget(WayIn way, pki::Certificate served, redis::Connection connection,
                         const base::Clock& clock)
    : way_(std::move(way)),
      clock_(clock),
      address_(way_.clients.endpoint.to_string()),
      host_(redis::client_options(way_.clients).host),
      served_(std::move(served)),
      connection_(std::move(connection)),
      server_(redis::get_server_info(connection_)),
      settings_(redis::get_tls_settings(connection_)),
      set_(settings_.files),
      links_(redis::get_links(connection_, server_)) {}

redis::Connection RedisTarget::connect_for_commands() {
  if (way_.admin) return redis::Connection::open(*way_.admin, clock_);
  return connect_as_client(way_, way_.known_leaves, clock_);
}

std::vector<std::string> RedisTarget::peers() {
  std::vector<std::string> addresses;
  for (const auto& peer : redis::get_peers(connection_, server_, settings_)) {
    addresses.push_back(peer.to_string());
  }
  return addresses;
}

std::optional<ProcessUser> RedisTarget::user() const {
  return user_of_process(server_.process_id, server_.executable);
}

void RedisTarget::require_reloadable(const redis::TlsFiles& files) const {
  redis::require_settable(connection_, server_, files, set_);
}

// By a connection of its own, as its id is higher than that of all which are there.
Mark RedisTarget::mark() {
  if (server_.run_id.empty()) return {};
  redis::Connection connection = connect_for_commands();
  const uint64_t id = client_id(connection);
  return id == 0 ? Mark{} : Mark{server_.run_id, id};
}

// A server that was restarted meanwhile is asked over a new connection.
void RedisTarget::reload(const redis::TlsFiles& files) {
  try {
    redis::set_tls_files(connection_, server_, files, set_);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUnreachable) throw;
    connection_ = connect_for_commands();
    set_ = redis::get_tls_settings(connection_).files;
    redis::set_tls_files(connection_, server_, files, set_);
  }
}

void RedisTarget::persist() {
  const resp::Value reply = connection_.command({"CONFIG", "REWRITE"});
  const bool has_no_file = reply.is_error() && reply.text.find("without a config file") != std::string::npos;
  if (reply.is_error() && !has_no_file) throw Error(ErrorKind::kRefused, address_ + ": " + reply.text);
}

// The links that are there outlive a reload, so handshakes of our own show whether the next ones will
// succeed.
void RedisTarget::prove(const Proof& proof) {
  prove_served(way_, proof, clock_);
  const bool dials = (server_.is_replica && settings_.replication) || settings_.cluster;
  if (dials && proof.dials_as != nullptr) prove_dialling(*proof.dials_as);
  wait_for_no_trouble(address_, way_.clients.timeout,
                      [&] { return redis::describe_loss(links_, redis::get_links(connection_, server_)); });
}

// What the other answers, whatever it is, comes after its verdict on the certificate.
void RedisTarget::prove_dialling(const tls::Credentials& dials_as) {
  auto others = settings_.cluster ? redis::get_peers(connection_, server_, settings_)
                                  : std::vector<tls::HostPort>{server_.master};
  others.resize(std::min(others.size(), kDialled));
  for (const tls::HostPort& other : others) {
    redis::ConnectOptions options;
    options.endpoint.address = other;
    options.roots = way_.clients.roots;
    options.client = dials_as;
    options.timeout = way_.clients.timeout;
    options.verifies_host = false;  // as they do
    redis::Connection::open(options, clock_).command({"PING"});
  }
}

void RedisTarget::prove_trust(const TrustChange& change) {
  rotate::prove_trust(way_, change, settings_.verifies_clients, clock_);
}

std::vector<ListedClient> RedisTarget::clients() {
  const uint64_t own = client_id(connection_);
  auto clients = parse_client_list(connection_.require({"CLIENT", "LIST"}).text);
  std::erase_if(clients, [&](const ListedClient& client) {
    const bool is_tls = client.local_port == 0 || client.local_port == settings_.port;
    return client.id == own || client.is_link || !is_tls;
  });
  return clients;
}

// In small lots, those that are in the middle of a command later.
size_t RedisTarget::drop_older_than(const Mark& mark) {
  if (mark.run_id.empty() || mark.run_id != redis::get_server_info(connection_).run_id) return 0;
  size_t dropped = 0;
  for (int round = 0;; ++round) {
    auto older = clients();
    std::erase_if(older, [&](const ListedClient& client) { return client.id >= mark.client_id; });
    if (older.empty()) return dropped;
    for (const ListedClient& client : older) {
      if (client.is_busy && round < kPatience) continue;
      // One that has left meanwhile makes an error of it.
      const auto reply = connection_.command({"CLIENT", "KILL", "ID", std::to_string(client.id)});
      if (reply.text.starts_with("NOPERM")) throw Error(ErrorKind::kRefused, address_ + ": " + reply.text);
      if (!reply.is_error() && ++dropped % kDroppedAtOnce == 0) std::this_thread::sleep_for(kPause);
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace rotate
