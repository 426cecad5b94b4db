#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/words.h"
#include "server/acl.h"
#include "server/command.h"
#include "server/glob.h"
#include "server/info.h"
#include "server/replies.h"
#include "server/server.h"

namespace server {
namespace {

void config_get(Call& call) {
  std::vector<const Directive*> found;
  for (const Directive& directive : directives()) {
    const auto patterns = call.words.subspan(2);
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](auto pattern) { return fits_glob(pattern, directive.name, true); })) {
      found.push_back(&directive);
    }
  }
  call.reply.map(found.size());
  for (const Directive* directive : found) {
    call.reply.bulk_string(directive->name);
    call.reply.bulk_string(directive->get(call.server.config()));
  }
}

constexpr const char* kUnableToUpdate = "Unable to update TLS configuration: ";

std::string config_set_failed(std::string_view name, const std::string& reason) {
  return "ERR CONFIG SET failed (possibly related to argument '" + std::string(name) + "') - " + reason;
}

// All names and values are checked before any is used, as in Redis.
void config_set(Call& call) {
  if (call.arguments() % 2 == 0) return reply_wrong_number_of_arguments(call, "config|set");
  Config checked = call.server.config();
  std::vector<ConfigChange> changes;
  std::set<const Directive*> seen;
  const Directive* tls_directive = nullptr;
  for (size_t i = 1; i < call.arguments(); i += 2) {
    const std::string_view name = call.argument(i);
    const Directive* directive = find_directive(name);
    if (directive == nullptr) {
      return call.reply.error("ERR Unknown option or number of arguments for CONFIG SET - '" +
                              std::string(name) + "'");
    }
    if (!seen.insert(directive).second) {
      return call.reply.error(config_set_failed(name, "duplicate parameter"));
    }
    if (directive->mutability != Mutability::kRuntime) {
      return call.reply.error(config_set_failed(name, "can't set immutable config"));
    }
    try {
      changes.push_back({directive, std::string(call.argument(i + 1))});
      directive->set(checked, changes.back().value);
    } catch (const base::Error& error) {
      return call.reply.error(config_set_failed(name, error.what()));
    }
    if (directive->concerns_tls) tls_directive = directive;
  }
  if (tls_directive == nullptr || !call.server.uses_tls()) {
    call.server.change_config(changes);
    return call.reply.ok();
  }
  if (!call.client.transaction.is_executing) {
    return call.server.install_certificate(call.client, std::move(changes),
                                           config_set_failed(tls_directive->name, kUnableToUpdate));
  }
  try {
    call.server.install_within_transaction(call.client, std::move(changes));
    call.reply.ok();
  } catch (const base::Error& error) {
    call.reply.error(config_set_failed(tls_directive->name, std::string(kUnableToUpdate) + error.what()));
  }
}

void config_rewrite(Call& call) {
  if (call.server.config().config_file.empty()) {
    return call.reply.error("ERR The server is running without a config file");
  }
  try {
    call.server.rewrite_config();
    call.reply.ok();
  } catch (const base::Error& error) {
    call.reply.error(std::string("ERR Rewriting config file: ") + error.what());
  }
}

void config_resetstat(Call& call) {
  call.server.reset_statistics();
  call.reply.ok();
}

void info(Call& call) {
  std::vector<std::string> sections;
  for (const std::string_view section : call.words.subspan(1)) sections.push_back(base::lower_case(section));
  call.reply.verbatim_text(describe_server(call.server, sections));
}

void time(Call& call) {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(since_1970).count();
  call.reply.array(2);
  call.reply.bulk_string(std::to_string(microseconds / 1'000'000));
  call.reply.bulk_string(std::to_string(microseconds % 1'000'000));
}

void role(Call& call) {
  call.reply.array(3);
  call.reply.bulk_string("master");
  call.reply.integer(0);
  call.reply.array(0);
}

// SHUTDOWN [NOSAVE | SAVE] [NOW] [FORCE]; there is nothing to save.
void shutdown(Call& call) {
  for (size_t i = 0; i < call.arguments(); ++i) {
    constexpr std::string_view kKnown[] = {"nosave", "save", "now", "force"};
    if (std::none_of(std::begin(kKnown), std::end(kKnown),
                     [&](auto word) { return call.argument_is(i, word); })) {
      return reply_syntax_error(call);
    }
  }
  call.client.close_after_reply = true;
  call.server.stop_later();
}

struct FlagName {
  uint32_t flag;
  std::string_view name;
};
constexpr FlagName kFlagNames[] = {
    {kWrite, "write"},    {kReadOnly, "readonly"},      {kDenyOom, "denyoom"},   {kAdmin, "admin"},
    {kPubSub, "pubsub"},  {kNoScript, "noscript"},      {kBlocking, "blocking"}, {kFast, "fast"},
    {kNoAuth, "no_auth"}, {kMovableKeys, "movablekeys"}};

void describe_command(resp::Encoder& reply, const Command& command) {
  reply.array(10);
  reply.bulk_string(command.name);
  reply.integer(command.arity);
  std::vector<std::string_view> flags;
  for (const auto& [flag, name] : kFlagNames) {
    if ((command.flags & flag) != 0) flags.push_back(name);
  }
  reply.set(flags.size());
  for (const auto flag : flags) reply.simple_string(flag);
  const KeyWords& keys = command.keys;
  reply.integer(keys.first);
  reply.integer(keys.last);
  reply.integer(keys.first == 0 ? 0 : keys.step);
  std::vector<std::string> names;
  for (const auto& [name, category] : categories()) {
    if ((acl_categories(command) & category) != 0) names.push_back("@" + std::string(name));
  }
  reply.set(names.size());
  for (const auto& name : names) reply.simple_string(name);
  reply.set(0);    // tips
  reply.array(0);  // key specifications
  reply.array(command.subcommands.size());
  for (const Command& subcommand : command.subcommands) describe_command(reply, subcommand);
}

void command_all(Call& call) {
  call.reply.array(all_commands().size());
  for (const Command* one : all_commands()) describe_command(call.reply, *one);
}

void command_count(Call& call) { call.reply.integer(static_cast<int64_t>(all_commands().size())); }

void command_docs(Call& call) { call.reply.map(0); }

// "config|get" names a subcommand.
const Command* find_by_full_name(std::string_view name) {
  const size_t bar = name.find('|');
  const Command* found = find_command(name.substr(0, bar));
  if (found == nullptr || bar == std::string_view::npos) return found;
  return find_subcommand(*found, name.substr(bar + 1));
}

void command_info(Call& call) {
  if (call.arguments() == 1) return command_all(call);
  call.reply.array(call.arguments() - 1);
  for (const std::string_view name : call.words.subspan(2)) {
    const Command* found = find_by_full_name(name);
    found == nullptr ? call.reply.null_array() : describe_command(call.reply, *found);
  }
}

void command_list(Call& call) {
  if (call.arguments() != 1) return reply_syntax_error(call);
  call.reply.array(all_commands().size());
  for (const Command* one : all_commands()) call.reply.bulk_string(one->name);
}

void command_getkeys(Call& call) {
  const auto words = call.words.subspan(2);
  const Command* found = find_command(words[0]);
  if (found != nullptr && !found->subcommands.empty() && words.size() > 1) {
    found = find_subcommand(*found, words[1]);
  }
  if (found == nullptr) return call.reply.error("ERR Invalid command specified");
  if (found->keys.first == 0 && found->keys.count_word == 0) {
    return call.reply.error("ERR The command has no key arguments");
  }
  const auto count = static_cast<int>(words.size());
  if (found->arity >= 0 ? count != found->arity : count < -found->arity) {
    return call.reply.error("ERR Invalid number of arguments specified for command");
  }
  const auto uses = key_uses(*found, words);
  call.reply.array(uses.size());
  for (const KeyUse& use : uses) call.reply.bulk_string(use.key);
}

}  // namespace

const std::vector<Command>& server_commands() {
  static const Command of_config[] = {
      {"config|get", -3, kAdmin | kNoScript, 0, {}, config_get},
      {"config|help", 2, 0, 0, {}, reply_simple_help},
      {"config|resetstat", 2, kAdmin | kNoScript, 0, {}, config_resetstat},
      {"config|rewrite", 2, kAdmin | kNoScript, 0, {}, config_rewrite},
      {"config|set", -4, kAdmin | kNoScript, 0, {}, config_set},
  };
  static const Command of_command[] = {
      {"command|count", 2, 0, kConnectionCategory, {}, command_count},
      {"command|docs", -2, 0, kConnectionCategory, {}, command_docs},
      {"command|getkeys", -4, 0, kConnectionCategory, {}, command_getkeys},
      {"command|help", 2, 0, kConnectionCategory, {}, reply_simple_help},
      {"command|info", -2, 0, kConnectionCategory, {}, command_info},
      {"command|list", -2, 0, kConnectionCategory, {}, command_list},
  };
  static const std::vector<Command> commands{
      {"command", -1, 0, kConnectionCategory, {}, command_all, of_command},
      {"config", -2, 0, 0, {}, nullptr, of_config},
      {"info", -1, 0, kDangerousCategory, {}, info},
      {"role", 1, kNoScript | kFast, kAdminCategory | kDangerousCategory, {}, role},
      {"shutdown", -1, kAdmin | kNoScript, 0, {}, shutdown},
      {"time", 1, kFast, 0, {}, time},
  };
  return commands;
}

}  // namespace server
