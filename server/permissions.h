#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/command.h"

namespace server {

// What a user may do: commands, on keys and channels that fit a pattern. A user has one or more, and may do
// what any of them allows.
class Permissions {
 public:
  enum class Verdict { kAllowed, kCommandDenied, kKeyDenied, kChannelDenied };

  Permissions() : commands_(command_count()) {}  // nothing

  // "+get", "-@dangerous", "~key:*", "%R~key:*", "&channel", "resetkeys", … Throws Error(kUsage) with the
  // reason, in Redis' words.
  void apply(std::string_view rule);

  // `denied` becomes the key or channel that it may not use.
  Verdict check(const Command& command, std::span<const std::string_view> words,
                std::string_view& denied) const;

  bool allows_all() const { return all_commands_ && all_keys_ && all_channels_; }

  std::string keys() const;      // "~* %R~a"; so below
  std::string channels() const;  // "&*"
  std::string commands() const;  // "-@all +get"
  std::string rules() const;     // all of them

  static size_t command_count();

 private:
  struct KeyPattern {
    std::string pattern;
    uint8_t access;  // KeyAccess
    bool operator==(const KeyPattern&) const = default;
  };

  void apply_command_rule(std::string_view rule);
  void apply_category(std::string_view name, bool is_allowed);
  void allow_all_commands(bool is_allowed);
  void allow(const Command& command, bool is_allowed);
  void allow_first_argument(std::string_view command, std::string_view argument);
  void add_key_pattern(std::string_view rule);
  void add_channel(std::string_view pattern);
  void note_command_rule(std::string_view rule);
  bool allows_command(const Command& command, std::span<const std::string_view> words) const;
  bool allows_key(const KeyUse& use) const;
  bool allows_channel(std::string_view channel, bool is_pattern) const;

  std::vector<bool> commands_;  // by their place in the table
  bool all_commands_ = false;
  bool all_keys_ = false;
  bool all_channels_ = false;
  std::map<std::string, std::set<std::string>, std::less<>> first_arguments_;  // "+select|0"
  std::vector<KeyPattern> keys_;
  std::vector<std::string> channels_;
  std::vector<std::string> command_rules_{"-@all"};  // those that count, in order
};

// The names of ACL categories, with those that no command here belongs to.
const std::vector<std::pair<std::string_view, uint32_t>>& categories();

}  // namespace server
