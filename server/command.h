#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "resp/encoder.h"
#include "server/connection.h"
#include "server/keyspace.h"

namespace server {

class Server;

// A command while it is executed.
struct Call {
  Server& server;
  Connection& connection;
  Client& client;
  std::span<const std::string_view> words;  // the command's own name first
  resp::Encoder reply;

  Milliseconds now() const;  // as of this turn of the loop

  // Words behind the name.
  std::string_view argument(size_t at) const { return words[at + 1]; }
  size_t arguments() const { return words.size() - 1; }
};

struct Command {
  std::string_view name;   // lower case
  int arity;               // words with the name; negative: at least so many (as COMMAND INFO shows it)
  bool open_to_strangers;  // may be called before AUTH
  void (*execute)(Call& call);
  size_t first_key = 0;  // which word it is; 0: the command has none
};

// Replies of Redis that several commands give.
void reply_syntax_error(Call& call);
void reply_not_an_integer(Call& call);
void reply_unknown_subcommand(Call& call);

// The number, or nothing and the reply "not an integer".
std::optional<int64_t> parse_integer(Call& call, std::string_view text);

const std::vector<Command>& connection_commands();  // PING, AUTH, HELLO, CLIENT, …
const std::vector<Command>& server_commands();      // INFO, CONFIG, …
const std::vector<Command>& key_commands();         // GET, SET, …

// Null when there is none of that name, in any case.
const Command* find_command(std::string_view name);
size_t count_commands();

// Checks the arity and whether the client may call it, and executes it. `command` is that of the first word,
// or null.
void execute_command(const Command* command, Call& call);

}  // namespace server
