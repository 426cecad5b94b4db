#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "server/acl_user.h"
#include "server/client.h"

namespace server {

// Why a client may not do what it asked for.
struct Denial {
  enum class Reason { kCommand, kKey, kChannel, kAuth };
  Reason reason;
  std::string object;  // the command, key or channel
  std::string username;
};

// An entry of ACL LOG: the same denial within a minute is counted in one.
struct DenialEntry {
  Denial denial;
  bool in_transaction = false;
  uint64_t count = 1;
  base::Time time;
  uint64_t client_id = 0;
  std::string client;
};

// The users of the server. With the server's lock.
class Acl {
 public:
  Acl();

  std::shared_ptr<User> default_user() const { return users_.at("default"); }
  std::shared_ptr<User> find(std::string_view name) const;  // null when there is none
  const std::map<std::string, std::shared_ptr<User>, std::less<>>& users() const { return users_; }

  // Makes or changes a user, whose clients feel it at once. Throws Error(kUsage); then nothing has changed.
  void set_user(const std::string& name, const std::vector<std::string>& rules);
  bool remove_user(std::string_view name);  // false: there is none

  // Makes users of lines "user NAME rule…", in words; empty ones are none. Throws Error(kUsage) that names
  // the lines; then some may be made.
  void define(const std::vector<std::vector<std::string>>& lines, std::string_view origin);

  // Such lines of an ACL file, which replace all users. Throws Error(kUsage) that names the
  // lines; then nothing has changed.
  void load(std::string_view text, std::string_view origin);
  std::string text() const;  // of such a file

  // The password of "default", as requirepass sets it; none when empty.
  void set_default_password(std::string_view password);

  void log_denial(const Denial& denial, const Client& client, base::Time now);
  const std::deque<DenialEntry>& denials() const { return denials_; }  // the latest first
  void forget_denials() { denials_.clear(); }
  uint64_t denied(Denial::Reason reason) const { return denied_[static_cast<size_t>(reason)]; }

 private:
  static void require_name(std::string_view name);
  void put_user(User changed, const std::vector<std::string>& rules);

  std::map<std::string, std::shared_ptr<User>, std::less<>> users_;
  std::deque<DenialEntry> denials_;
  uint64_t denied_[4]{};
};

// Nothing when the user may.
std::optional<Denial> check_access(const User& user, const Command& command,
                                   std::span<const std::string_view> words);

// "NOPERM this user has no permissions to run the 'get' command"
std::string describe(const Denial& denial);

}  // namespace server
