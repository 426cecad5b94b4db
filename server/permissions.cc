#include "server/permissions.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/words.h"
#include "server/glob.h"

namespace server {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kUnknownName = "Unknown command or category name in ACL";
constexpr const char* kSyntax = "Syntax error";

// Commands of Redis 7 that are not here: a rule that names one is no mistake.
constexpr std::string_view kElsewhere[] = {"asking",
                                           "bgrewriteaof",
                                           "bgsave",
                                           "bitfield",
                                           "bitfield_ro",
                                           "bitop",
                                           "bitpos",
                                           "cluster",
                                           "debug",
                                           "dump",
                                           "eval",
                                           "eval_ro",
                                           "evalsha",
                                           "evalsha_ro",
                                           "failover",
                                           "fcall",
                                           "fcall_ro",
                                           "function",
                                           "geoadd",
                                           "geodist",
                                           "geohash",
                                           "geopos",
                                           "georadius",
                                           "georadius_ro",
                                           "georadiusbymember",
                                           "geosearch",
                                           "georadiusbymember_ro",
                                           "geosearchstore",
                                           "lastsave",
                                           "latency",
                                           "lcs",
                                           "lolwut",
                                           "memory",
                                           "migrate",
                                           "module",
                                           "monitor",
                                           "move",
                                           "object",
                                           "pfadd",
                                           "pfcount",
                                           "pfdebug",
                                           "pfmerge",
                                           "pfselftest",
                                           "psync",
                                           "readonly",
                                           "readwrite",
                                           "replconf",
                                           "replicaof",
                                           "restore",
                                           "restore-asking",
                                           "save",
                                           "script",
                                           "slaveof",
                                           "slowlog",
                                           "sort",
                                           "sort_ro",
                                           "swapdb",
                                           "sync",
                                           "wait",
                                           "xack",
                                           "xadd",
                                           "xautoclaim",
                                           "xclaim",
                                           "xdel",
                                           "xgroup",
                                           "xinfo",
                                           "xlen",
                                           "xpending",
                                           "xrange",
                                           "xread",
                                           "xreadgroup",
                                           "xrevrange",
                                           "xsetid",
                                           "xtrim"};

bool is_elsewhere(std::string_view name) {
  return std::find(std::begin(kElsewhere), std::end(kElsewhere), name) != std::end(kElsewhere);
}

std::vector<const Command*> with_subcommands() {
  std::vector<const Command*> commands;
  for (const Command* command : all_commands()) {
    commands.push_back(command);
    for (const Command& subcommand : command->subcommands) commands.push_back(&subcommand);
  }
  return commands;
}

const std::vector<const Command*>& numbered_commands() {
  static const std::vector<const Command*> commands = with_subcommands();
  return commands;
}

size_t number_of(const Command& command) {
  static const auto numbers = [] {
    std::unordered_map<const Command*, size_t> made;
    for (const Command* one : numbered_commands()) made.emplace(one, made.size());
    return made;
  }();
  return numbers.at(&command);
}

// What a command says of channels: PUBLISH to one, SUBSCRIBE to several, PSUBSCRIBE to patterns.
std::span<const std::string_view> channels_of(const Command& command,
                                              std::span<const std::string_view> words) {
  if (command.name == "publish" || command.name == "spublish") return words.subspan(1, 1);
  const bool subscribes =
      command.name == "subscribe" || command.name == "psubscribe" || command.name == "ssubscribe";
  return subscribes ? words.subspan(1) : words.subspan(0, 0);
}

}  // namespace

const std::vector<std::pair<std::string_view, uint32_t>>& categories() {
  static const std::vector<std::pair<std::string_view, uint32_t>> all{{"keyspace", kKeyspaceCategory},
                                                                      {"read", kReadCategory},
                                                                      {"write", kWriteCategory},
                                                                      {"set", kSetCategory},
                                                                      {"sortedset", kSortedSetCategory},
                                                                      {"list", kListCategory},
                                                                      {"hash", kHashCategory},
                                                                      {"string", kStringCategory},
                                                                      {"bitmap", kBitmapCategory},
                                                                      {"hyperloglog", 0},
                                                                      {"geo", 0},
                                                                      {"stream", 0},
                                                                      {"pubsub", kPubSubCategory},
                                                                      {"admin", kAdminCategory},
                                                                      {"fast", kFastCategory},
                                                                      {"slow", kSlowCategory},
                                                                      {"blocking", kBlockingCategory},
                                                                      {"dangerous", kDangerousCategory},
                                                                      {"connection", kConnectionCategory},
                                                                      {"transaction", kTransactionCategory},
                                                                      {"scripting", 0}};
  return all;
}

size_t Permissions::command_count() { return numbered_commands().size(); }

void Permissions::apply(std::string_view rule) {
  const std::string word = base::lower_case(rule);
  if (word == "allkeys" || word == "~*") {
    all_keys_ = true;
    keys_.clear();
  } else if (word == "resetkeys") {
    all_keys_ = false;
    keys_.clear();
  } else if (word == "allchannels" || word == "&*") {
    all_channels_ = true;
    channels_.clear();
  } else if (word == "resetchannels") {
    all_channels_ = false;
    channels_.clear();
  } else if (word == "allcommands" || word == "+@all") {
    allow_all_commands(true);
  } else if (word == "nocommands" || word == "-@all") {
    allow_all_commands(false);
  } else if (rule.starts_with('~') || rule.starts_with('%')) {
    add_key_pattern(rule);
  } else if (rule.starts_with('&')) {
    add_channel(rule.substr(1));
  } else if (rule.starts_with('+') || rule.starts_with('-')) {
    apply_command_rule(word);
  } else {
    throw Error(ErrorKind::kUsage, kSyntax);
  }
}

void Permissions::add_key_pattern(std::string_view rule) {
  if (all_keys_) {
    throw Error(ErrorKind::kUsage,
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have "
                "any effect. Try 'resetkeys' to start with an empty list of patterns");
  }
  KeyPattern key{std::string(rule.substr(1)), kReadsAndWrites};
  if (rule[0] == '%') {
    const size_t end = rule.find('~');
    if (end == std::string_view::npos) throw Error(ErrorKind::kUsage, kSyntax);
    key = {std::string(rule.substr(end + 1)), kNoAccess};
    for (const char c : rule.substr(1, end - 1)) {
      const bool reads = c == 'R' || c == 'r';
      if (!reads && c != 'W' && c != 'w') throw Error(ErrorKind::kUsage, kSyntax);
      key.access = static_cast<uint8_t>(key.access | (reads ? kReads : kWrites));
    }
    if (key.access == kNoAccess) throw Error(ErrorKind::kUsage, kSyntax);
  }
  if (key.pattern.find_first_of(" \t\r\n\v\f") != std::string::npos ||
      key.pattern.find('\0') != std::string::npos) {
    throw Error(ErrorKind::kUsage, kSyntax);
  }
  if (key.pattern == "*" && key.access == kReadsAndWrites) {
    all_keys_ = true;
    keys_.clear();
    return;
  }
  const auto same = std::find_if(keys_.begin(), keys_.end(),
                                 [&](const KeyPattern& old) { return old.pattern == key.pattern; });
  if (same != keys_.end()) {
    same->access = static_cast<uint8_t>(same->access | key.access);
  } else {
    keys_.push_back(std::move(key));
  }
}

void Permissions::add_channel(std::string_view pattern) {
  if (all_channels_) {
    throw Error(ErrorKind::kUsage,
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not "
                "have any effect. Try 'resetchannels' to start with an empty list of channels");
  }
  if (pattern.find_first_of(" \t\r\n\v\f") != std::string::npos || pattern.find('\0') != std::string::npos) {
    throw Error(ErrorKind::kUsage, kSyntax);
  }
  if (std::find(channels_.begin(), channels_.end(), pattern) == channels_.end()) {
    channels_.emplace_back(pattern);
  }
}

void Permissions::allow_all_commands(bool is_allowed) {
  all_commands_ = is_allowed;
  commands_.assign(commands_.size(), is_allowed);
  first_arguments_.clear();
  command_rules_ = {is_allowed ? "+@all" : "-@all"};
}

// In lower case: "+get", "-config|set", "+select|0", "+@read".
void Permissions::apply_command_rule(std::string_view rule) {
  const bool is_allowed = rule[0] == '+';
  const std::string_view name = rule.substr(1);
  const size_t bar = name.find('|');
  const Command* command = find_command(name.substr(0, bar));
  if (name.starts_with('@')) {
    apply_category(name.substr(1), is_allowed);
  } else if (command == nullptr) {
    if (!is_elsewhere(name.substr(0, bar))) throw Error(ErrorKind::kUsage, kUnknownName);
    if (!is_allowed) all_commands_ = false;
  } else if (bar == std::string_view::npos) {
    allow(*command, is_allowed);
    for (const Command& subcommand : command->subcommands) allow(subcommand, is_allowed);
  } else {
    const std::string_view argument = name.substr(bar + 1);
    if (!command->subcommands.empty()) {
      const Command* subcommand = find_subcommand(*command, argument);
      if (subcommand == nullptr) {
        throw Error(ErrorKind::kUsage, argument.find('|') == std::string_view::npos
                                           ? kUnknownName
                                           : "Allowing first-arg of a subcommand is not supported");
      }
      allow(*subcommand, is_allowed);
    } else if (!is_allowed || argument.empty() || argument.find('|') != std::string_view::npos) {
      throw Error(ErrorKind::kUsage, !is_allowed ? kUnknownName : kSyntax);
    } else {
      allow_first_argument(command->name, argument);
    }
  }
  note_command_rule(rule);
}

void Permissions::apply_category(std::string_view name, bool is_allowed) {
  const auto found = std::find_if(categories().begin(), categories().end(),
                                  [&](const auto& category) { return category.first == name; });
  if (found == categories().end()) throw Error(ErrorKind::kUsage, kUnknownName);
  for (const Command* command : numbered_commands()) {
    if ((acl_categories(*command) & found->second) != 0) allow(*command, is_allowed);
  }
  if (!is_allowed) all_commands_ = false;
}

void Permissions::allow(const Command& command, bool is_allowed) {
  commands_[number_of(command)] = is_allowed;
  first_arguments_.erase(std::string(command.name));
  if (!is_allowed) all_commands_ = false;
}

void Permissions::allow_first_argument(std::string_view command, std::string_view argument) {
  first_arguments_[std::string(command)].emplace(argument);
}

// Rules of before that this one makes void are left out.
void Permissions::note_command_rule(std::string_view rule) {
  const std::string_view name = rule.substr(1);
  std::erase_if(command_rules_, [&](const std::string& old) {
    const std::string_view old_name = std::string_view(old).substr(1);
    const bool is_of_it = old_name.starts_with(std::string(name) + "|");
    return old_name != "@all" && (old_name == name || is_of_it);
  });
  command_rules_.emplace_back(rule);
}

bool Permissions::allows_command(const Command& command, std::span<const std::string_view> words) const {
  if (all_commands_ || commands_[number_of(command)] || (command.flags & kNoAuth) != 0) return true;
  const auto arguments = first_arguments_.find(command.name);
  return arguments != first_arguments_.end() && words.size() > 1 &&
         arguments->second.contains(base::lower_case(words[1]));
}

bool Permissions::allows_key(const KeyUse& use) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const KeyPattern& key) {
    return (key.access & use.access) == use.access && fits_glob(key.pattern, use.key);
  });
}

bool Permissions::allows_channel(std::string_view channel, bool is_pattern) const {
  return std::any_of(channels_.begin(), channels_.end(), [&](const std::string& pattern) {
    return is_pattern ? pattern == channel : fits_glob(pattern, channel);
  });
}

Permissions::Verdict Permissions::check(const Command& command, std::span<const std::string_view> words,
                                        std::string_view& denied) const {
  if (!allows_command(command, words)) return Verdict::kCommandDenied;
  if (!all_keys_) {
    for (const KeyUse& use : key_uses(command, words)) {
      if (allows_key(use)) continue;
      denied = use.key;
      return Verdict::kKeyDenied;
    }
  }
  if (!all_channels_) {
    for (const std::string_view channel : channels_of(command, words)) {
      if (allows_channel(channel, command.name == "psubscribe")) continue;
      denied = channel;
      return Verdict::kChannelDenied;
    }
  }
  return Verdict::kAllowed;
}

std::string Permissions::keys() const {
  if (all_keys_) return "~*";
  std::vector<std::string> words;
  for (const KeyPattern& key : keys_) {
    const char* prefix = key.access == kReads ? "%R~" : key.access == kWrites ? "%W~" : "~";
    words.push_back(prefix + key.pattern);
  }
  return base::join(words, " ");
}

std::string Permissions::channels() const {
  if (all_channels_) return "&*";
  std::vector<std::string> words;
  for (const std::string& channel : channels_) words.push_back("&" + channel);
  return base::join(words, " ");
}

std::string Permissions::commands() const { return base::join(command_rules_, " "); }

std::string Permissions::rules() const {
  std::vector<std::string> parts;
  if (const std::string named = keys(); !named.empty()) parts.push_back(named);
  if (!all_channels_) parts.emplace_back("resetchannels");
  if (const std::string named = channels(); !named.empty()) parts.push_back(named);
  parts.push_back(commands());
  return base::join(parts, " ");
}

}  // namespace server
