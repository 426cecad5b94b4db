#include "rotate/redis_target.h"

#include <algorithm>
#include <thread>

#include "base/error.h"
#include "rotate/client_list.h"

namespace rotate {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kDroppedAtOnce = 50;
constexpr std::chrono::milliseconds kPause{20};  // between as many
constexpr int kPatience = 25;                    // rounds in which a client that is busy is left alone

redis::ConnectOptions require_tls(redis::ConnectOptions options) {
  if (options.endpoint.channel == redis::Endpoint::Channel::kTls) return options;
  throw Error(ErrorKind::kUsage, options.endpoint.to_string() +
                                     ": a rotation is proved over TLS; name the server's TLS port, and this "
                                     "one with --admin");
}

uint64_t client_id(redis::Connection& connection) {
  const resp::Value reply = connection.command({"CLIENT", "ID"});
  return reply.is_error() ? 0 : static_cast<uint64_t>(reply.integer);
}

}  // namespace

RedisTarget::RedisTarget(redis::ConnectOptions options, std::optional<redis::ConnectOptions> admin,
                         std::vector<std::string> known_leaves, const base::Clock& clock)
    : options_(require_tls(std::move(options))),
      admin_(std::move(admin)),
      known_leaves_(std::move(known_leaves)),
      clock_(clock),
      address_(options_.endpoint.to_string()),
      host_(redis::client_options(options_).host),
      served_(connect(known_leaves_).handshake()->chain.front()),
      connection_(connect_for_commands()),
      server_(redis::get_server_info(connection_)) {
  if (server_.is_sentinel) {
    throw Error(ErrorKind::kRefused,
                address_ +
                    ": a Sentinel can't reload its certificate; swap the files that it reads and restart "
                    "it, one Sentinel after another");
  }
  settings_ = redis::get_tls_settings(connection_);
  set_ = settings_.files;
}

redis::Connection RedisTarget::connect(std::vector<std::string> known_leaves) {
  options_.known_leaves = std::move(known_leaves);
  return redis::Connection::open(options_, clock_);
}

redis::Connection RedisTarget::connect_for_commands() {
  return admin_ ? redis::Connection::open(*admin_, clock_) : connect(known_leaves_);
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

void RedisTarget::prove(const Proof& proof) {
  redis::Connection connection =
      connect(proof.may_be_expired ? std::vector<std::string>{proof.leaf} : std::vector<std::string>{});
  const auto& handshake = *connection.handshake();
  if (handshake.resumed)
    throw Error(ErrorKind::kInternal, address_ + ": the session was resumed, which proves nothing");
  const std::string leaf = handshake.chain.front().sha256();
  if (leaf != proof.leaf) {
    throw Error(ErrorKind::kRefused,
                address_ + ": serves the certificate " + leaf + " instead of " + proof.leaf);
  }
  connection.require({"PING"});
  if (server_.is_replica && settings_.replication) prove_link(proof.dials_as);
}

// The link to the master that is there outlives a reload, so a handshake of our own shows whether the next
// one will succeed. The master's answer, whatever it is, comes after its verdict.
void RedisTarget::prove_link(const tls::Credentials* dials_as) {
  if (dials_as != nullptr) {
    redis::ConnectOptions to_master;
    to_master.endpoint.address = server_.master;
    to_master.roots = options_.roots;
    to_master.client = *dials_as;
    to_master.timeout = options_.timeout;
    to_master.verifies_host = false;  // as the replica
    redis::Connection::open(to_master, clock_).command({"PING"});
  }
  if (!server_.master_link_is_up) return;
  if (redis::get_server_info(connection_).master_link_is_up) return;
  throw Error(ErrorKind::kRefused,
              address_ + ": has lost the link to its master " + server_.master.to_string());
}

// In small lots, those that are in the middle of a command later.
size_t RedisTarget::drop_older_than(const Mark& mark) {
  if (mark.run_id.empty() || mark.run_id != redis::get_server_info(connection_).run_id) return 0;
  const uint64_t own = client_id(connection_);
  size_t dropped = 0;
  for (int round = 0;; ++round) {
    auto clients = parse_client_list(connection_.require({"CLIENT", "LIST"}).text);
    std::erase_if(clients, [&](const ListedClient& client) {
      const bool is_tls = client.local_port == 0 || client.local_port == settings_.port;
      return client.id >= mark.client_id || client.id == own || client.is_link || !is_tls;
    });
    if (clients.empty()) return dropped;
    for (const ListedClient& client : clients) {
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
