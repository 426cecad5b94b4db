#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/value.h"

namespace server {

struct Command;
class User;

// MULTI … EXEC.
struct Transaction {
  bool is_open = false;
  bool has_failed = false;  // a command could not be kept, so EXEC executes none
  bool is_executing = false;
  size_t bytes = 0;
  std::vector<std::vector<std::string>> commands;
};

struct WatchedKey {
  std::string key;
  int64_t expires_at;  // then it changes by itself; 0: never
};

// What a client waits for with BLPOP and its like.
struct BlockedCall {
  const Command* command = nullptr;  // null: it doesn't wait
  std::vector<std::string> words;
  std::vector<std::string> keys;
  store::ValueType type{};  // what it waits for; a key that holds something else isn't there for it
  uint64_t number = 0;      // of this wait, for its deadline
};

// What commands know and change of the client they serve. Changes under the server's lock, so that commands
// of others may read it.
struct Client {
  uint64_t id = 0;
  std::string address;
  std::string local_address;
  int descriptor = -1;
  std::string name;
  std::string library_name;
  std::string library_version;
  const Command* last_command = nullptr;
  std::optional<uint64_t>
      slot;  // the number of the certificate's: none before the first byte, none without TLS
  bool is_handshaking = false;
  std::string tls_version;  // once the handshake is done
  std::string tls_cipher;
  std::string certificate_subject;  // of the client's certificate, if it has shown one
  std::string certificate_user;     // whom that names; there may be no such user
  bool is_local = false;            // it comes from this host
  std::shared_ptr<const User> user;
  bool authenticated = false;
  bool may_do_all = false;  // it came through the admin socket
  int protocol = 2;
  int database = 0;
  std::chrono::steady_clock::time_point created;

  Transaction transaction;
  std::vector<WatchedKey> watched;
  bool watched_has_changed = false;
  std::set<std::string, std::less<>> channels;
  std::set<std::string, std::less<>> shard_channels;
  std::set<std::string, std::less<>> patterns;
  BlockedCall blocked;

  size_t subscriptions() const { return channels.size() + patterns.size(); }
  bool is_subscriber() const { return subscriptions() + shard_channels.size() > 0; }

  // Its own connection's business.
  bool close_after_reply = false;
  // A command has taken over the reply and gives it later; nothing that follows is executed until then.
  bool waits_for_reply = false;
  bool ends_when_it_leaves = false;  // though it isn't read from
};

}  // namespace server
