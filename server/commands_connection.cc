#include <algorithm>

#include "base/words.h"
#include "server/acl.h"
#include "server/command.h"
#include "server/info.h"
#include "server/replies.h"
#include "server/server.h"

namespace server {
namespace {

void ping(Call& call) {
  if (call.arguments() > 1) return call.reply.error("ERR wrong number of arguments for 'ping' command");
  if (call.client.protocol < 3 && call.client.is_subscriber()) {
    call.reply.array(2);
    call.reply.bulk_string("pong");
    return call.reply.bulk_string(call.arguments() == 1 ? call.argument(0) : "");
  }
  if (call.arguments() == 1) return call.reply.bulk_string(call.argument(0));
  call.reply.simple_string("PONG");
}

void echo(Call& call) { call.reply.bulk_string(call.argument(0)); }

void quit(Call& call) {
  call.reply.ok();
  call.client.close_after_reply = true;
}

// A user whose certificate names it has proved who it is in the handshake, so one without a password can't be
// had by AUTH.
bool may_log_in_by_password(const Call& call, const User& user) {
  return !user.needs_no_password() || user.name() == "default" ||
         call.server.config().tls_auth_clients_user == CertificateUser::kOff;
}

bool log_in(Call& call, std::string_view name, std::string_view password) {
  const auto user = call.server.acl().find(name);
  if (user != nullptr && user->is_enabled() && may_log_in_by_password(call, *user) &&
      user->password_fits(password)) {
    call.client.user = user;
    call.client.authenticated = true;
    return true;
  }
  constexpr size_t kMostQuoted = 256;
  const Denial denial{Denial::Reason::kAuth, std::string(call.words[0].substr(0, kMostQuoted)),
                      std::string(name.substr(0, kMostQuoted))};
  call.server.acl().log_denial(denial, call.client, call.server.clock().now());
  call.reply.error(describe(denial));
  return false;
}

void auth(Call& call) {
  if (call.arguments() > 2) return reply_syntax_error(call);
  if (call.arguments() == 1 && call.server.acl().default_user()->needs_no_password()) {
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
    if (!to_integer(call.argument(0))) {
      return call.reply.error("ERR Protocol version is not an integer or out of range");
    }
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
  if (!call.server.is_authenticated(call.client) && !logs_in) {
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
  Client& client = call.client;
  client.transaction = {};
  call.server.watched_keys().unwatch_all(client);
  call.server.pubsub().forget(call.connection);
  client.channels.clear();
  client.patterns.clear();
  client.shard_channels.clear();
  client.name.clear();
  client.protocol = 2;
  call.server.assign_user(call.client);
  call.reply.set_protocol(2);
  call.reply.simple_string("RESET");
}

void client_setinfo(Call& call) {
  std::string* field = nullptr;
  if (call.argument_is(1, "lib-name")) field = &call.client.library_name;
  if (call.argument_is(1, "lib-ver")) field = &call.client.library_version;
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

void client_id(Call& call) { call.reply.integer(static_cast<int64_t>(call.client.id)); }

void client_getname(Call& call) {
  if (call.client.name.empty()) return call.reply.null();
  call.reply.bulk_string(call.client.name);
}

void client_setname(Call& call) {
  if (!is_client_name(call.argument(1))) return call.reply.error(kBadClientName);
  call.client.name = std::string(call.argument(1));
  call.reply.ok();
}

void client_info(Call& call) { call.reply.verbatim_text(describe_client(call.connection)); }

bool parse_client_type(Call& call, std::string_view word, std::string& type) {
  type = base::lower_case(word);
  if (type == "slave") type = "replica";
  const bool is_known = type == "normal" || type == "master" || type == "replica" || type == "pubsub";
  if (!is_known) call.reply.error("ERR Unknown client type '" + std::string(word) + "'");
  return is_known;
}

std::string type_of(const Client& client) { return client.is_subscriber() ? "pubsub" : "normal"; }

std::optional<uint64_t> parse_client_id(Call& call, std::string_view text) {
  const auto id = parse_in_range(call, text, 1, INT64_MAX, "ERR Invalid client ID");
  if (!id) return std::nullopt;
  return static_cast<uint64_t>(*id);
}

// CLIENT LIST [TYPE type] [ID client-id …]
void client_list(Call& call) {
  std::string text;
  std::string type;
  if (call.arguments() == 3 && call.argument_is(1, "type")) {
    if (!parse_client_type(call, call.argument(2), type)) return;
    for (const auto& [id, connection] : call.server.connections()) {
      if (type_of(connection->client()) == type) text += describe_client(*connection);
    }
  } else if (call.arguments() > 2 && call.argument_is(1, "id")) {
    for (const std::string_view word : call.words.subspan(3)) {
      const auto id = parse_client_id(call, word);
      if (!id) return;
      if (const Connection* connection = call.server.find(*id)) text += describe_client(*connection);
    }
  } else if (call.arguments() != 1) {
    return reply_syntax_error(call);
  } else {
    text = describe_clients(call.server);
  }
  call.reply.verbatim_text(text);
}

// Whom CLIENT KILL is to end.
struct KillFilter {
  std::optional<uint64_t> id;
  std::string type, user, address, local_address;
  bool skips_me = true;

  bool fits(const Client& client) const {
    return (!id || *id == client.id) && (type.empty() || type == type_of(client)) &&
           (user.empty() || user == client.user->name()) && (address.empty() || address == client.address) &&
           (local_address.empty() || local_address == client.local_address);
  }
};

bool read_kill_filter(Call& call, KillFilter& filter) {
  for (size_t i = 1; i + 1 < call.arguments(); i += 2) {
    const std::string_view value = call.argument(i + 1);
    if (call.argument_is(i, "id")) {
      const auto id = parse_in_range(call, value, 1, INT64_MAX, "ERR client-id should be greater than 0");
      if (!id) return false;
      filter.id = static_cast<uint64_t>(*id);
    } else if (call.argument_is(i, "type")) {
      if (!parse_client_type(call, value, filter.type)) return false;
    } else if (call.argument_is(i, "user")) {
      if (call.server.acl().find(value) == nullptr) {
        call.reply.error("ERR No such user '" + std::string(value) + "'");
        return false;
      }
      filter.user = value;
    } else if (call.argument_is(i, "addr")) {
      filter.address = value;
    } else if (call.argument_is(i, "laddr")) {
      filter.local_address = value;
    } else if (call.argument_is(i, "skipme") &&
               (base::equals_ignoring_case(value, "yes") || base::equals_ignoring_case(value, "no"))) {
      filter.skips_me = base::equals_ignoring_case(value, "yes");
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  return true;
}

// CLIENT KILL addr:port | [ID id] [TYPE type] [USER name] [ADDR a] [LADDR a] [SKIPME yes | no]
void client_kill(Call& call) {
  KillFilter filter;
  const bool is_old_form = call.arguments() == 2;
  if (is_old_form) {
    filter.address = call.argument(1);
    filter.skips_me = false;
  } else if (call.arguments() % 2 == 0) {
    return reply_syntax_error(call);
  } else if (!read_kill_filter(call, filter)) {
    return;
  }
  std::vector<uint64_t> ended;
  for (const auto& [id, connection] : call.server.connections()) {
    if (filter.fits(connection->client()) && !(filter.skips_me && id == call.client.id)) ended.push_back(id);
  }
  if (is_old_form && ended.empty()) return call.reply.error("ERR No such client");
  is_old_form ? call.reply.ok() : call.reply.integer(static_cast<int64_t>(ended.size()));
  call.server.end_clients(std::move(ended), call.client);
}

// CLIENT UNBLOCK client-id [TIMEOUT | ERROR]
void client_unblock(Call& call) {
  const bool as_error = call.arguments() == 3 && call.argument_is(2, "error");
  if (call.arguments() > 3 || (call.arguments() == 3 && !as_error && !call.argument_is(2, "timeout"))) {
    return call.reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
  }
  const auto id = parse_integer(call, call.argument(1));
  if (!id) return;
  call.reply.integer(call.server.unblock(static_cast<uint64_t>(*id), as_error) ? 1 : 0);
}

void client_no_evict(Call& call) {
  if (!call.argument_is(1, "on") && !call.argument_is(1, "off")) return reply_syntax_error(call);
  call.reply.ok();  // nobody is evicted
}

}  // namespace

const std::vector<Command>& connection_commands() {
  static const Command of_client[] = {
      {"client|getname", 2, kNoScript, kConnectionCategory, {}, client_getname},
      {"client|help", 2, 0, kConnectionCategory, {}, reply_simple_help},
      {"client|id", 2, kNoScript, kConnectionCategory, {}, client_id},
      {"client|info", 2, kNoScript, kConnectionCategory, {}, client_info},
      {"client|kill", -3, kAdmin | kNoScript, kConnectionCategory, {}, client_kill},
      {"client|list", -2, kAdmin | kNoScript, kConnectionCategory, {}, client_list},
      {"client|no-evict", 3, kAdmin | kNoScript, kConnectionCategory, {}, client_no_evict},
      {"client|setinfo", 4, kNoScript, kConnectionCategory, {}, client_setinfo},
      {"client|setname", 3, kNoScript, kConnectionCategory, {}, client_setname},
      {"client|unblock", -3, kAdmin | kNoScript, kConnectionCategory, {}, client_unblock},
  };
  constexpr uint32_t kOpen = kNoScript | kFast | kNoAuth;
  static const std::vector<Command> commands{
      {"auth", -2, kOpen, kConnectionCategory, {}, auth},
      {"client", -2, 0, 0, {}, nullptr, of_client},
      {"echo", 2, kFast, kConnectionCategory, {}, echo},
      {"hello", -1, kOpen, kConnectionCategory, {}, hello},
      {"ping", -1, kFast, kConnectionCategory, {}, ping},
      {"quit", -1, kOpen, kConnectionCategory, {}, quit},
      {"reset", 1, kOpen, kConnectionCategory, {}, reset},
      {"select", 2, kFast, kConnectionCategory, {}, select},
  };
  return commands;
}

}  // namespace server
