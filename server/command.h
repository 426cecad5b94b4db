#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "resp/encoder.h"
#include "server/client.h"
#include "store/keyspace.h"

namespace server {

class Connection;
class Server;

// What a command does to others, as COMMAND INFO names it.
enum CommandFlags : uint32_t {
  kWrite = 1U << 0,
  kReadOnly = 1U << 1,
  kDenyOom = 1U << 2,  // refused beyond maxmemory
  kAdmin = 1U << 3,
  kPubSub = 1U << 4,
  kNoScript = 1U << 5,
  kBlocking = 1U << 6,
  kFast = 1U << 7,
  kNoAuth = 1U << 8,  // may be called before AUTH
  kMovableKeys = 1U << 9,
};

// ACL categories that don't follow from the flags.
enum CommandCategories : uint32_t {
  kKeyspaceCategory = 1U << 0,
  kReadCategory = 1U << 1,
  kWriteCategory = 1U << 2,
  kSetCategory = 1U << 3,
  kSortedSetCategory = 1U << 4,
  kListCategory = 1U << 5,
  kHashCategory = 1U << 6,
  kStringCategory = 1U << 7,
  kBitmapCategory = 1U << 8,
  kPubSubCategory = 1U << 9,
  kAdminCategory = 1U << 10,
  kFastCategory = 1U << 11,
  kSlowCategory = 1U << 12,
  kBlockingCategory = 1U << 13,
  kDangerousCategory = 1U << 14,
  kConnectionCategory = 1U << 15,
  kTransactionCategory = 1U << 16,
};

// What a command does with a key's value, for ACLs: kNoAccess asks no more than whether it is there.
enum KeyAccess : uint8_t { kNoAccess = 0, kReads = 1, kWrites = 2, kReadsAndWrites = 3 };

// Which of a command's words are keys: `last` may count from the end, the last word being -1.
struct KeyWords {
  int first = 0;  // 0: none
  int last = 0;
  int step = 1;
  KeyAccess access = kNoAccess;            // to the first one
  std::optional<KeyAccess> rest_access{};  // to the others, where it differs
  int count_word = 0;                 // this word says how many keys follow it; they are read, or popped from
  std::string_view reading_option{};  // with it the first key is read as well: SET's GET
};

// A command while it is executed.
struct Call {
  Server& server;
  Connection& connection;
  Client& client;
  std::span<const std::string_view> words;  // the command's own name first
  resp::Encoder reply;

  store::Milliseconds now() const;  // as of this turn of the loop
  store::Keyspace& keys() const;

  // Null when the key is not there. What a reading command finds is counted (keyspace_hits).
  const store::Keyspace::Entry* find(std::string_view key) const;

  // To be called for each key whose value has changed, after it has.
  void changed(std::string_view key) const;

  // Words behind the name.
  std::string_view argument(size_t at) const { return words[at + 1]; }
  size_t arguments() const { return words.size() - 1; }
  bool argument_is(size_t at, std::string_view word) const;  // in any case
};

struct Command {
  std::string_view name;  // lower case; of a subcommand "config|get"
  int arity;              // words with the name; negative: at least so many (as COMMAND INFO shows it)
  uint32_t flags;
  uint32_t categories;
  KeyWords keys;
  void (*execute)(Call& call);             // null: its subcommands do
  std::span<const Command> subcommands{};  // named by the second word
};

// All that it belongs to.
uint32_t acl_categories(const Command& command);

struct KeyUse {
  std::string_view key;
  KeyAccess access;
};

// The keys that these words name; what is no number where keys are counted names none.
std::vector<KeyUse> key_uses(const Command& command, std::span<const std::string_view> words);

// Null when there is none of that name, in any case. A command with subcommands stands for all of them.
const Command* find_command(std::string_view name);
const Command* find_subcommand(const Command& command, std::string_view name);
std::vector<const Command*> all_commands();  // without subcommands

// Checks whether the client may call it, and executes it or keeps it for EXEC. `command` is that of the first
// word, or null.
void execute_command(const Command* command, Call& call);

const std::vector<Command>& connection_commands();              // PING, AUTH, HELLO, CLIENT, …
const std::vector<Command>& server_commands();                  // INFO, CONFIG, COMMAND, …
const std::vector<Command>& acl_commands();                     // ACL
const std::vector<Command>& key_commands();                     // DEL, EXPIRE, SCAN, …
const std::vector<Command>& string_commands();                  // GET, SET, …
const std::vector<Command>& list_commands();                    // LPUSH, LRANGE, …
const std::vector<Command>& hash_commands();                    // HSET, HGETALL, …
const std::vector<Command>& set_commands();                     // SADD, SINTER, …
const std::vector<Command>& sorted_set_commands();              // ZADD, ZSCORE, …
const std::vector<Command>& sorted_set_range_commands();        // ZRANGE, …
const std::vector<Command>& sorted_set_combination_commands();  // ZUNION, …
const std::vector<Command>& transaction_commands();             // MULTI, EXEC, WATCH, …
const std::vector<Command>& pubsub_commands();                  // SUBSCRIBE, PUBLISH, …

}  // namespace server
