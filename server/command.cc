#include "server/command.h"

#include <array>
#include <string>

#include "base/words.h"
#include "server/acl.h"
#include "server/replies.h"
#include "server/server.h"

namespace server {
namespace {

constexpr size_t kMostQuoted = 128;
constexpr size_t kMostKept = size_t{64} << 20;  // bytes of one transaction

// A hash table whose buckets are mostly one command's own.
class CommandTable {
 public:
  CommandTable() {
    for (const auto* group :
         {&connection_commands(), &server_commands(), &acl_commands(), &key_commands(), &string_commands(),
          &list_commands(), &hash_commands(), &set_commands(), &sorted_set_commands(),
          &sorted_set_range_commands(), &sorted_set_combination_commands(), &transaction_commands(),
          &pubsub_commands()}) {
      for (const Command& command : *group) {
        buckets_[bucket_of(command.name)].push_back(&command);
        all_.push_back(&command);
      }
    }
  }

  const Command* find(std::string_view name) const {
    for (const Command* command : buckets_[bucket_of(name)]) {
      if (base::equals_ignoring_case(command->name, name)) return command;
    }
    return nullptr;
  }

  const std::vector<const Command*>& all() const { return all_; }

 private:
  static constexpr size_t kBuckets = 1024;
  static constexpr char kLowerCase = 0x20;

  static size_t bucket_of(std::string_view name) {
    size_t hash = name.size();
    for (const char c : name.substr(0, 16)) hash = hash * 31 + static_cast<unsigned char>(c | kLowerCase);
    return hash % kBuckets;
  }

  std::array<std::vector<const Command*>, kBuckets> buckets_;
  std::vector<const Command*> all_;
};

const CommandTable& table() {
  static const CommandTable commands;
  return commands;
}

std::string unknown_command(const Call& call) {
  std::string arguments;
  for (size_t i = 1; i < call.words.size() && arguments.size() < kMostQuoted; ++i) {
    const std::string_view word = call.words[i].substr(0, kMostQuoted - arguments.size());
    arguments += "'" + std::string(word.substr(0, word.find('\0'))) + "' ";
  }
  return "ERR unknown command '" + std::string(call.words[0].substr(0, kMostQuoted)) +
         "', with args beginning with: " + arguments;
}

std::string unknown_subcommand(const Call& call) {
  std::string name(call.words[0]);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return "ERR unknown subcommand '" + std::string(call.argument(0).substr(0, kMostQuoted)) + "'. Try " +
         name + " HELP.";
}

bool arity_fits(const Command& command, size_t words) {
  const auto count = static_cast<int>(words);
  return command.arity >= 0 ? count == command.arity : count >= -command.arity;
}

// Why the client may not call it now; empty when it may.
std::string refusal(const Command& command, const Call& call) {
  const Client& client = call.client;
  if ((command.flags & kNoAuth) == 0 && !call.server.is_authenticated(client))
    return "NOAUTH Authentication required.";
  if (!client.may_do_all) {
    const auto denied = check_access(*client.user, command, call.words);
    if (denied) {
      call.server.acl().log_denial(*denied, client, call.server.clock().now());
      return describe(*denied);
    }
  }
  if ((command.flags & kDenyOom) != 0 && call.server.is_out_of_memory()) {
    return "OOM command not allowed when used memory > 'maxmemory'.";
  }
  if (client.protocol < 3 && client.is_subscriber()) {
    constexpr std::string_view kAllowed[] = {"ping",         "subscribe",    "unsubscribe",
                                             "psubscribe",   "punsubscribe", "ssubscribe",
                                             "sunsubscribe", "quit",         "reset"};
    if (std::find(std::begin(kAllowed), std::end(kAllowed), command.name) == std::end(kAllowed)) {
      return "ERR Can't execute '" + std::string(command.name) +
             "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";
    }
  }
  return "";
}

bool ends_or_begins_transaction(std::string_view name) {
  return name == "exec" || name == "discard" || name == "multi" || name == "watch" || name == "quit" ||
         name == "reset";
}

void keep_for_exec(Call& call) {
  Transaction& transaction = call.client.transaction;
  for (const auto word : call.words) transaction.bytes += word.size();
  if (transaction.bytes > kMostKept) {
    transaction.has_failed = true;
    transaction.commands.clear();
    return call.reply.error("ERR the transaction is larger than 64 MiB");
  }
  transaction.commands.emplace_back(call.words.begin(), call.words.end());
  call.reply.simple_string("QUEUED");
}

// Behind a key and its value.
bool names_option(std::span<const std::string_view> words, std::string_view option) {
  return std::any_of(words.begin() + std::min<ptrdiff_t>(3, std::ssize(words)), words.end(),
                     [&](std::string_view word) { return base::equals_ignoring_case(word, option); });
}

std::string wrong_number_of_arguments(std::string_view name) {
  return "ERR wrong number of arguments for '" + std::string(name) + "' command";
}

// Words of HTTP, which Redis doesn't go on with either: a browser may have been made to send them.
bool is_http(std::string_view word) {
  return base::equals_ignoring_case(word, "post") || base::equals_ignoring_case(word, "host:");
}

// The command itself or the subcommand that is meant, or null and why there is none.
const Command* resolve(const Command* command, const Call& call, std::string& error) {
  if (command == nullptr) {
    if (is_http(call.words.front())) call.server.end_http_client(call.client);
    error = unknown_command(call);
    return nullptr;
  }
  if (!command->subcommands.empty() && call.words.size() > 1) {
    command = find_subcommand(*command, call.words[1]);
    if (command == nullptr) {
      error = unknown_subcommand(call);
      return nullptr;
    }
  }
  if (!arity_fits(*command, call.words.size())) {
    error = wrong_number_of_arguments(command->name);
    return nullptr;
  }
  return command;
}

}  // namespace

store::Milliseconds Call::now() const {
  const auto since_1970 = connection.loop().wall_clock().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

store::Keyspace& Call::keys() const { return server.keyspace(); }

const store::Keyspace::Entry* Call::find(std::string_view key) const {
  const auto* entry = keys().find(key, now());
  if ((client.last_command->flags & kReadOnly) != 0) {
    Statistics& statistics = server.statistics();
    ++(entry != nullptr ? statistics.keyspace_hits : statistics.keyspace_misses);
  }
  return entry;
}

void Call::changed(std::string_view key) const { server.on_change(key); }

bool Call::argument_is(size_t at, std::string_view word) const {
  return base::equals_ignoring_case(argument(at), word);
}

uint32_t acl_categories(const Command& command) {
  uint32_t categories = command.categories;
  const auto follows = [&](uint32_t flag, uint32_t category) {
    if ((command.flags & flag) != 0) categories |= category;
  };
  follows(kWrite, kWriteCategory);
  follows(kReadOnly, kReadCategory);
  follows(kAdmin, kAdminCategory | kDangerousCategory);
  follows(kPubSub, kPubSubCategory);
  follows(kFast, kFastCategory);
  follows(kBlocking, kBlockingCategory);
  return (categories & kFastCategory) != 0 ? categories : categories | kSlowCategory;
}

std::vector<KeyUse> key_uses(const Command& command, std::span<const std::string_view> words) {
  std::vector<KeyUse> uses;
  const KeyWords& keys = command.keys;
  const auto size = static_cast<int>(words.size());
  const KeyAccess rest = keys.rest_access.value_or(keys.access);
  if ((command.flags & kPubSub) != 0) return uses;  // shard channels stand where keys would, for clients
  const bool is_read = !keys.reading_option.empty() && names_option(words, keys.reading_option);
  const auto first_access = is_read ? kReadsAndWrites : keys.access;
  if (keys.first != 0) {
    const int last = keys.last < 0 ? size + keys.last : keys.last;
    for (int i = keys.first; i <= last && i < size; i += keys.step) {
      uses.push_back({words[static_cast<size_t>(i)], i == keys.first ? first_access : rest});
    }
  }
  if (keys.count_word != 0 && keys.count_word < size) {
    const auto count = to_integer(words[static_cast<size_t>(keys.count_word)]).value_or(0);
    for (int64_t i = 1; i <= count && keys.count_word + i < size; ++i) {
      uses.push_back({words[static_cast<size_t>(keys.count_word + i)], rest});
    }
  }
  return uses;
}

const Command* find_command(std::string_view name) { return table().find(name); }

const Command* find_subcommand(const Command& command, std::string_view name) {
  for (const Command& subcommand : command.subcommands) {
    if (base::equals_ignoring_case(subcommand.name.substr(command.name.size() + 1), name)) return &subcommand;
  }
  return nullptr;
}

std::vector<const Command*> all_commands() { return table().all(); }

void execute_command(const Command* command, Call& call) {
  Client& client = call.client;
  std::string error;
  command = resolve(command, call, error);
  if (command != nullptr) error = refusal(*command, call);
  if (!error.empty()) {
    if (client.transaction.is_open) client.transaction.has_failed = true;
    return call.reply.error(error);
  }
  client.last_command = command;
  if (client.transaction.is_open && !ends_or_begins_transaction(command->name)) {
    return keep_for_exec(call);
  }
  command->execute(call);
}

}  // namespace server
