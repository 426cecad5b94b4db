#include <algorithm>

#include "base/words.h"
#include "server/command.h"
#include "server/info.h"
#include "server/server.h"

namespace server {
namespace {

void ping(Call& call) {
  if (call.arguments() > 1) return call.reply.error("ERR wrong number of arguments for 'ping' command");
  if (call.arguments() == 1) return call.reply.bulk_string(call.argument(0));
  call.reply.simple_string("PONG");
}

void echo(Call& call) { call.reply.bulk_string(call.argument(0)); }

void quit(Call& call) {
  call.reply.ok();
  call.client.close_after_reply = true;
}

bool log_in(Call& call, std::string_view user, std::string_view password) {
  if (user == "default" && call.server.password_fits(password)) {
    call.client.authenticated = true;
    return true;
  }
  call.reply.error("WRONGPASS invalid username-password pair or user is disabled.");
  return false;
}

void auth(Call& call) {
  if (call.arguments() > 2) return reply_syntax_error(call);
  if (call.arguments() == 1 && call.server.config().requirepass.empty()) {
    return call.reply.error(
        "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?");
  }
  const std::string_view user = call.arguments() == 2 ? call.argument(0) : "default";
  if (log_in(call, user, call.argument(call.arguments() - 1))) call.reply.ok();
}

bool is_client_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= '!' && c <= '~'; });
}

constexpr const char* kBadClientName =
    "ERR Client names cannot contain spaces, newlines or special characters.";

void describe_server(Call& call) {
  call.reply.map(7);
  call.reply.bulk_string("server");
  call.reply.bulk_string("redis");
  call.reply.bulk_string("version");
  call.reply.bulk_string(kCompatibleRedisVersion);
  call.reply.bulk_string("proto");
  call.reply.integer(call.client.protocol);
  call.reply.bulk_string("id");
  call.reply.integer(static_cast<int64_t>(call.client.id));
  call.reply.bulk_string("mode");
  call.reply.bulk_string("standalone");
  call.reply.bulk_string("role");
  call.reply.bulk_string("master");
  call.reply.bulk_string("modules");
  call.reply.array(0);
}

// HELLO [protover [AUTH username password] [SETNAME clientname]]
void hello(Call& call) {
  int protocol = call.client.protocol;
  std::string_view name = call.client.name;
  bool logs_in = false;
  size_t at = 0;
  if (call.arguments() > 0) {
    if (call.argument(0) != "2" && call.argument(0) != "3") {
      return call.reply.error("NOPROTO unsupported protocol version");
    }
    protocol = call.argument(0) == "3" ? 3 : 2;
    at = 1;
  }
  while (at < call.arguments()) {
    if (base::equals_ignoring_case(call.argument(at), "AUTH") && at + 2 < call.arguments()) {
      if (!log_in(call, call.argument(at + 1), call.argument(at + 2))) return;
      logs_in = true;
      at += 3;
    } else if (base::equals_ignoring_case(call.argument(at), "SETNAME") && at + 1 < call.arguments()) {
      name = call.argument(at + 1);
      if (!is_client_name(name)) return call.reply.error(kBadClientName);
      at += 2;
    } else {
      return call.reply.error("ERR Syntax error in HELLO option '" + std::string(call.argument(at)) + "'");
    }
  }
  if (!call.client.authenticated && !logs_in) {
    return call.reply.error(
        "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH "
        "<user> "
        "<pass> option can be used to authenticate the client and select the RESP protocol version at the "
        "same time");
  }
  call.client.protocol = protocol;
  call.client.name = std::string(name);
  call.reply.set_protocol(protocol);
  describe_server(call);
}

void select(Call& call) {
  const auto index = parse_integer(call, call.argument(0));
  if (!index) return;
  if (*index != 0) return call.reply.error("ERR DB index is out of range");
  call.reply.ok();
}

void reset(Call& call) {
  call.client.name.clear();
  call.client.protocol = 2;
  call.client.authenticated = call.server.config().requirepass.empty();
  call.reply.set_protocol(2);
  call.reply.simple_string("RESET");
}

void set_library(Call& call) {
  std::string* field = nullptr;
  if (base::equals_ignoring_case(call.argument(1), "lib-name")) field = &call.client.library_name;
  if (base::equals_ignoring_case(call.argument(1), "lib-ver")) field = &call.client.library_version;
  if (field == nullptr) {
    return call.reply.error("ERR Unrecognized option '" + std::string(call.argument(1)) + "'");
  }
  if (!is_client_name(call.argument(2))) {
    return call.reply.error("ERR " + std::string(call.argument(1)) +
                            " cannot contain spaces, newlines or special characters.");
  }
  *field = std::string(call.argument(2));
  call.reply.ok();
}

void client(Call& call) {
  const std::string subcommand = base::lower_case(call.argument(0));
  if (subcommand == "id" && call.arguments() == 1) {
    call.reply.integer(static_cast<int64_t>(call.client.id));
  } else if (subcommand == "getname" && call.arguments() == 1) {
    if (call.client.name.empty()) return call.reply.null();
    call.reply.bulk_string(call.client.name);
  } else if (subcommand == "setname" && call.arguments() == 2) {
    if (!is_client_name(call.argument(1))) return call.reply.error(kBadClientName);
    call.client.name = std::string(call.argument(1));
    call.reply.ok();
  } else if (subcommand == "setinfo" && call.arguments() == 3) {
    set_library(call);
  } else if (subcommand == "list" && call.arguments() == 1) {
    call.reply.verbatim_text(describe_clients(call.server));
  } else if (subcommand == "info" && call.arguments() == 1) {
    call.reply.verbatim_text(describe_client(call.connection));
  } else {
    reply_unknown_subcommand(call);
  }
}

void command(Call& call) {
  if (call.arguments() == 0) return call.reply.array(0);
  const std::string subcommand = base::lower_case(call.argument(0));
  if (subcommand == "count") return call.reply.integer(static_cast<int64_t>(count_commands()));
  if (subcommand == "docs") return call.reply.map(0);
  if (subcommand == "info" || subcommand == "list") return call.reply.array(0);
  reply_unknown_subcommand(call);
}

}  // namespace

const std::vector<Command>& connection_commands() {
  static const std::vector<Command> commands{
      {"auth", -2, true, auth}, {"client", -2, false, client}, {"command", -1, false, command},
      {"echo", 2, false, echo}, {"hello", -1, true, hello},    {"ping", -1, false, ping},
      {"quit", -1, true, quit}, {"reset", 1, true, reset},     {"select", 2, false, select},
  };
  return commands;
}

}  // namespace server
