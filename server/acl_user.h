#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/permissions.h"

namespace server {

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

}  // namespace server
