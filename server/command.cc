#include "server/command.h"

#include <array>
#include <charconv>
#include <string>

#include "base/words.h"
#include "server/server.h"

namespace server {
namespace {

// A hash table whose buckets are mostly one command's own.
class CommandTable {
 public:
  CommandTable() {
    for (const auto* group : {&connection_commands(), &server_commands(), &key_commands()}) {
      for (const Command& command : *group) {
        buckets_[bucket_of(command.name)].push_back(&command);
        ++size_;
      }
    }
  }

  const Command* find(std::string_view name) const {
    for (const Command* command : buckets_[bucket_of(name)]) {
      if (base::equals_ignoring_case(command->name, name)) return command;
    }
    return nullptr;
  }

  size_t size() const { return size_; }

 private:
  static constexpr size_t kBuckets = 1024;
  static constexpr char kLowerCase = 0x20;

  static size_t bucket_of(std::string_view name) {
    size_t hash = name.size();
    for (const char c : name.substr(0, 16)) hash = hash * 31 + static_cast<unsigned char>(c | kLowerCase);
    return hash % kBuckets;
  }

  std::array<std::vector<const Command*>, kBuckets> buckets_;
  size_t size_ = 0;
};

const CommandTable& table() {
  static const CommandTable commands;
  return commands;
}

void reply_unknown_command(Call& call) {
  constexpr size_t kMostQuoted = 128;
  std::string message = "ERR unknown command '" + std::string(call.words[0].substr(0, kMostQuoted)) +
                        "', with args beginning with: ";
  for (size_t i = 1; i < call.words.size() && message.size() < 2 * kMostQuoted; ++i) {
    message += "'" + std::string(call.words[i].substr(0, kMostQuoted)) + "' ";
  }
  call.reply.error(message);
}

bool arity_fits(const Command& command, size_t words) {
  const auto count = static_cast<int>(words);
  return command.arity >= 0 ? count == command.arity : count >= -command.arity;
}

}  // namespace

Milliseconds Call::now() const {
  const auto since_1970 = connection.loop().wall_clock().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_1970).count();
}

const Command* find_command(std::string_view name) { return table().find(name); }

size_t count_commands() { return table().size(); }

void execute_command(const Command* command, Call& call) {
  if (command == nullptr) return reply_unknown_command(call);
  if (!arity_fits(*command, call.words.size())) {
    return call.reply.error("ERR wrong number of arguments for '" + std::string(command->name) + "' command");
  }
  if (!call.client.authenticated && !command->open_to_strangers) {
    return call.reply.error("NOAUTH Authentication required.");
  }
  call.client.last_command = command->name;
  command->execute(call);
}

void reply_syntax_error(Call& call) { call.reply.error("ERR syntax error"); }

void reply_not_an_integer(Call& call) { call.reply.error("ERR value is not an integer or out of range"); }

void reply_unknown_subcommand(Call& call) {
  std::string name(call.words[0]);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  call.reply.error("ERR unknown subcommand '" + std::string(call.argument(0)) + "'. Try " + name + " HELP.");
}

std::optional<int64_t> parse_integer(Call& call, std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    reply_not_an_integer(call);
    return std::nullopt;
  }
  return number;
}

}  // namespace server
