#include <openssl/rand.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/hex.h"
#include "base/words.h"
#include "pki/openssl_error.h"
#include "server/acl.h"
#include "server/replies.h"
#include "server/server.h"

namespace server {
namespace {

void whoami(Call& call) { call.reply.bulk_string(call.client.user->name()); }

void users(Call& call) {
  const auto& all = call.server.acl().users();
  call.reply.array(all.size());
  for (const auto& [name, user] : all) call.reply.bulk_string(name);
}

void list(Call& call) {
  const auto& all = call.server.acl().users();
  call.reply.array(all.size());
  for (const auto& [name, user] : all) call.reply.bulk_string("user " + name + " " + user->rules());
}

void describe_permissions(Call& call, const Permissions& permissions) {
  call.reply.bulk_string("commands");
  call.reply.bulk_string(permissions.commands());
  call.reply.bulk_string("keys");
  call.reply.bulk_string(permissions.keys());
  call.reply.bulk_string("channels");
  call.reply.bulk_string(permissions.channels());
}

void getuser(Call& call) {
  const auto user = call.server.acl().find(call.argument(1));
  if (user == nullptr) return call.reply.null();
  call.reply.map(6);
  call.reply.bulk_string("flags");
  const auto flags = user->flags();
  call.reply.set(flags.size());
  for (const std::string& flag : flags) call.reply.bulk_string(flag);
  call.reply.bulk_string("passwords");
  call.reply.array(user->passwords().size());
  for (const std::string& hash : user->passwords()) call.reply.bulk_string(hash);
  describe_permissions(call, user->permissions().front());
  call.reply.bulk_string("selectors");
  call.reply.array(user->permissions().size() - 1);
  for (size_t i = 1; i < user->permissions().size(); ++i) {
    call.reply.map(3);
    describe_permissions(call, user->permissions()[i]);
  }
}

void setuser(Call& call) {
  const std::vector<std::string> rules(call.words.begin() + 3, call.words.end());
  try {
    call.server.acl().set_user(std::string(call.argument(1)), rules);
    call.server.end_clients_that_may_not_stay(call.client);
    call.reply.ok();
  } catch (const base::Error& error) {
    call.reply.error("ERR " + std::string(error.what()));
  }
}

void deluser(Call& call) {
  int64_t removed = 0;
  for (const std::string_view name : call.words.subspan(2)) {
    if (name == "default") return call.reply.error("ERR The 'default' user cannot be removed");
  }
  for (const std::string_view name : call.words.subspan(2)) {
    if (call.server.acl().remove_user(name)) ++removed;
  }
  call.reply.integer(removed);
  call.server.end_clients_that_may_not_stay(call.client);
}

// ACL CAT [category]
void cat(Call& call) {
  if (call.arguments() > 2) return reply_wrong_number_of_arguments(call, "acl|cat");
  std::vector<std::string_view> names;
  if (call.arguments() == 1) {
    for (const auto& [name, category] : categories()) names.push_back(name);
  } else {
    const auto wanted = base::lower_case(call.argument(1));
    const auto found = std::find_if(categories().begin(), categories().end(),
                                    [&](const auto& category) { return category.first == wanted; });
    if (found == categories().end()) {
      return call.reply.error("ERR Unknown category '" + std::string(call.argument(1)) + "'");
    }
    const auto add = [&](const Command& command) {
      if ((acl_categories(command) & found->second) != 0) names.push_back(command.name);
    };
    for (const Command* command : all_commands()) {
      add(*command);
      for (const Command& subcommand : command->subcommands) add(subcommand);
    }
  }
  call.reply.array(names.size());
  for (const auto name : names) call.reply.bulk_string(name);
}

std::string_view reason_name(Denial::Reason reason) {
  switch (reason) {
    case Denial::Reason::kCommand:
      return "command";
    case Denial::Reason::kKey:
      return "key";
    case Denial::Reason::kChannel:
      return "channel";
    case Denial::Reason::kAuth:
      return "auth";
  }
  return "";
}

void describe_entry(Call& call, const DenialEntry& entry) {
  const auto age = call.server.clock().now() - entry.time;
  call.reply.map(7);
  call.reply.bulk_string("count");
  call.reply.integer(static_cast<int64_t>(entry.count));
  call.reply.bulk_string("reason");
  call.reply.bulk_string(reason_name(entry.denial.reason));
  call.reply.bulk_string("context");
  call.reply.bulk_string(entry.in_transaction ? "multi" : "toplevel");
  call.reply.bulk_string("object");
  call.reply.bulk_string(entry.denial.object);
  call.reply.bulk_string("username");
  call.reply.bulk_string(entry.denial.username);
  call.reply.bulk_string("age-seconds");
  call.reply.number(std::chrono::duration<double>(age).count());
  call.reply.bulk_string("client-info");
  call.reply.bulk_string("id=" + std::to_string(entry.client_id) + " addr=" + entry.client);
}

// ACL LOG [count | RESET]
void log(Call& call) {
  if (call.arguments() > 2) return reply_wrong_number_of_arguments(call, "acl|log");
  size_t count = 10;
  if (call.arguments() == 2) {
    if (call.argument_is(1, "reset")) {
      call.server.acl().forget_denials();
      return call.reply.ok();
    }
    const auto wanted = parse_integer(call, call.argument(1));
    if (!wanted) return;
    count = static_cast<size_t>(std::max<int64_t>(*wanted, 0));
  }
  const auto& entries = call.server.acl().denials();
  count = std::min(count, entries.size());
  call.reply.array(count);
  for (size_t i = 0; i < count; ++i) describe_entry(call, entries[i]);
}

// Whether the file can be used; the reply is given when not.
bool has_file(Call& call) {
  if (!call.server.config().aclfile.empty()) return true;
  call.reply.error(
      "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the "
      "ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file "
      "set) "
      "in order to store users in the Redis configuration.");
  return false;
}

void save(Call& call) {
  if (!has_file(call)) return;
  try {
    call.server.save_users();
    call.reply.ok();
  } catch (const base::Error& error) {
    call.reply.error(std::string("ERR There was an error trying to save the ACLs: ") + error.what());
  }
}

void load(Call& call) {
  if (!has_file(call)) return;
  try {
    call.server.load_users();
    call.server.end_clients_that_may_not_stay(call.client);
    call.reply.ok();
  } catch (const base::Error& error) {
    call.reply.error(
        std::string("ERR ") + error.what() +
        " WARNING: ACL errors detected, no change to the previously active ACL rules was performed");
  }
}

// ACL GENPASS [bits]
void genpass(Call& call) {
  if (call.arguments() > 2) return reply_wrong_number_of_arguments(call, "acl|genpass");
  constexpr int64_t kMostBits = 4096;
  int64_t bits = 256;
  if (call.arguments() == 2) {
    const auto wanted = parse_in_range(
        call, call.argument(1), 1, kMostBits,
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up "
        "to 4096");
    if (!wanted) return;
    bits = *wanted;
  }
  const auto digits = static_cast<size_t>((bits + 3) / 4);
  std::vector<unsigned char> random((digits + 1) / 2);
  pki::require(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1, "no randomness");
  call.reply.bulk_string(base::to_hex(random).substr(0, digits));
}

// ACL DRYRUN username command [arg …]
void dryrun(Call& call) {
  const auto user = call.server.acl().find(call.argument(1));
  if (user == nullptr) return call.reply.error("ERR User '" + std::string(call.argument(1)) + "' not found");
  const auto words = call.words.subspan(3);
  const Command* command = find_command(words[0]);
  if (command != nullptr && !command->subcommands.empty() && words.size() > 1) {
    command = find_subcommand(*command, words[1]);
  }
  if (command == nullptr) {
    return call.reply.error("ERR Command '" + std::string(words[0]) + "' not found");
  }
  const auto count = static_cast<int>(words.size());
  if (command->arity >= 0 ? count != command->arity : count < -command->arity) {
    return reply_wrong_number_of_arguments(call, command->name);
  }
  const auto denial = check_access(*user, *command, words);
  if (!denial) return call.reply.ok();
  const bool is_command = denial->reason == Denial::Reason::kCommand;
  const std::string what = denial->reason == Denial::Reason::kKey ? "key" : "channel";
  // 7.0 gives it as a string, not as an error.
  call.reply.bulk_string("This user has no permissions to " +
                         (is_command ? "run the '" + denial->object + "' command"
                                     : "access the '" + denial->object + "' " + what));
}

}  // namespace

const std::vector<Command>& acl_commands() {
  static const Command of_acl[] = {
      {"acl|cat", -2, kNoScript, 0, {}, cat},
      {"acl|deluser", -3, kAdmin | kNoScript, 0, {}, deluser},
      {"acl|dryrun", -4, kAdmin | kNoScript, 0, {}, dryrun},
      {"acl|genpass", -2, kNoScript, 0, {}, genpass},
      {"acl|getuser", 3, kAdmin | kNoScript, 0, {}, getuser},
      {"acl|help", 2, 0, 0, {}, reply_simple_help},
      {"acl|list", 2, kAdmin | kNoScript, 0, {}, list},
      {"acl|load", 2, kAdmin | kNoScript, 0, {}, load},
      {"acl|log", -2, kAdmin | kNoScript, 0, {}, log},
      {"acl|save", 2, kAdmin | kNoScript, 0, {}, save},
      {"acl|setuser", -3, kAdmin | kNoScript, 0, {}, setuser},
      {"acl|users", 2, kAdmin | kNoScript, 0, {}, users},
      {"acl|whoami", 2, kNoScript, 0, {}, whoami},
  };
  static const std::vector<Command> commands{{"acl", -2, 0, 0, {}, nullptr, of_acl}};
  return commands;
}

}  // namespace server
