#include "server/command.h"

#include <charconv>
#include <map>
#include <string>

#include "base/words.h"
#include "server/server.h"

namespace server {
namespace {

const std::map<std::string, const Command*, std::less<>>& table() {
  static const auto commands = [] {
    std::map<std::string, const Command*, std::less<>> result;
    for (const auto* group : {&connection_commands(), &server_commands(), &key_commands()}) {
      for (const Command& command : *group) result.emplace(command.name, &command);
    }
    return result;
  }();
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

const Command* find_command(std::string_view name) {
  const auto found = table().find(base::lower_case(name));
  return found == table().end() ? nullptr : found->second;
}

size_t count_commands() { return table().size(); }

void execute_command(Call& call) {
  const Command* command = find_command(call.words[0]);
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
