#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
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

// A user of the server, as ACL SETUSER defines it. With the server's lock.
class User {
 public:
  explicit User(std::string name) : name_(std::move(name)), permissions_(1) {}

  // One that may do everything, without a password: what "default" is at first.
  static User unrestricted(std::string name);

  const std::string& name() const { return name_; }
  bool is_enabled() const { return is_enabled_; }
  bool needs_no_password() const { return needs_no_password_; }
  bool is_unrestricted() const { return permissions_.front().allows_all(); }
  const std::vector<std::string>& passwords() const { return passwords_; }  // SHA-256, in hex
  const std::vector<Permissions>& permissions() const { return permissions_; }

  // One word of ACL SETUSER. Throws Error(kUsage) with the reason; then it may have changed.
  void apply(std::string_view rule);

  // All words, those of a "(selector)" joined. Throws Error(kUsage): "Error in ACL SETUSER modifier …".
  void apply_all(const std::vector<std::string>& rules);

  bool password_fits(std::string_view password) const;

  std::vector<std::string> flags() const;
  std::string rules() const;  // as ACL LIST shows them, behind the name

  Permissions::Verdict check(const Command& command, std::span<const std::string_view> words,
                             std::string_view& denied) const;

 private:
  bool apply_password(std::string_view rule);

  std::string name_;
  bool is_enabled_ = false;
  bool needs_no_password_ = false;
  std::string_view
      payload_flag_;  // "sanitize-payload" or its opposite, shown as Redis does: nothing here takes payloads
  std::vector<std::string> passwords_;
  std::vector<Permissions> permissions_;  // the first one is its own, others are selectors
};

// The names of ACL categories, with those that no command here belongs to.
const std::vector<std::pair<std::string_view, uint32_t>>& categories();

}  // namespace server
