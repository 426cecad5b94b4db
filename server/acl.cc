#include "server/acl.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/words.h"

namespace server {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kMostDenials = 128;
constexpr std::chrono::seconds kSameDenial{60};
constexpr size_t kMostCompared = 10;  // with entries of the log, as Redis

// Words between spaces, as Redis reads its ACL files: there are no quotes. Comments are empty lines.
std::vector<std::vector<std::string>> lines_of(std::string_view text) {
  std::vector<std::vector<std::string>> lines;
  std::istringstream all{std::string(text)};
  for (std::string line; std::getline(all, line);) {
    auto& words = lines.emplace_back();
    std::istringstream rest(line);
    for (std::string word; rest >> word;) words.push_back(word);
    if (!words.empty() && words.front().starts_with('#')) words.clear();
  }
  return lines;
}

}  // namespace

Acl::Acl() { users_.emplace("default", std::make_shared<User>(User::unrestricted("default"))); }

std::shared_ptr<User> Acl::find(std::string_view name) const {
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : found->second;
}

void Acl::require_name(std::string_view name) {
  if (name.empty() || name.find_first_of(" \t\r\n\v\f") != std::string::npos ||
      name.find('\0') != std::string::npos) {
    throw Error(ErrorKind::kUsage, "Usernames can't contain spaces or null characters");
  }
}

void Acl::set_user(const std::string& name, const std::vector<std::string>& rules) {
  require_name(name);
  const auto old = find(name);
  put_user(old ? *old : User(name), rules);
}

void Acl::put_user(User changed, const std::vector<std::string>& rules) {
  changed.apply_all(rules);
  const std::string name = changed.name();
  if (const auto old = find(name)) {
    *old = std::move(changed);
  } else {
    users_.emplace(name, std::make_shared<User>(std::move(changed)));
  }
}

bool Acl::remove_user(std::string_view name) {
  const auto found = users_.find(name);
  if (found == users_.end()) return false;
  users_.erase(found);
  return true;
}

void Acl::define(const std::vector<std::vector<std::string>>& lines, std::string_view origin) {
  std::string errors;
  std::set<std::string> names;
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto& words = lines[i];
    if (words.empty()) continue;
    try {
      if (words.front() != "user" || words.size() < 2) {
        throw Error(ErrorKind::kUsage, "a line is: user NAME rule...");
      }
      if (!names.insert(words[1]).second) {
        throw Error(ErrorKind::kUsage, "the user '" + words[1] + "' is defined twice");
      }
      require_name(words[1]);
      // What a line doesn't say is not allowed, also to "default".
      put_user(User(words[1]), {words.begin() + 2, words.end()});
    } catch (const Error& error) {
      errors += std::string(origin) + ":" + std::to_string(i + 1) + ": " + error.what() + ". ";
    }
  }
  if (!errors.empty()) throw Error(ErrorKind::kUsage, errors.substr(0, errors.size() - 1));
}

void Acl::load(std::string_view text, std::string_view origin) {
  Acl loaded;
  loaded.define(lines_of(text), origin);
  // Those that stay are the same ones for their clients.
  for (auto& [name, user] : loaded.users_) {
    if (const auto old = find(name)) {
      *old = *user;
      user = old;
    }
  }
  users_ = std::move(loaded.users_);
}

std::string Acl::text() const {
  std::string text;
  for (const auto& [name, user] : users_) text += "user " + name + " " + user->rules() + "\n";
  return text;
}

void Acl::set_default_password(std::string_view password) {
  User& user = *default_user();
  user.apply(password.empty() ? "nopass" : "resetpass");
  if (!password.empty()) user.apply(">" + std::string(password));
}

void Acl::log_denial(const Denial& denial, const Client& client, base::Time now) {
  ++denied_[static_cast<size_t>(denial.reason)];
  const bool in_transaction = client.transaction.is_open || client.transaction.is_executing;
  const auto compared = static_cast<ptrdiff_t>(std::min(denials_.size(), kMostCompared));
  for (auto entry = denials_.begin(); entry != denials_.begin() + compared; ++entry) {
    const bool is_same = entry->denial.reason == denial.reason && entry->denial.object == denial.object &&
                         entry->denial.username == denial.username &&
                         entry->in_transaction == in_transaction && now - entry->time <= kSameDenial;
    if (!is_same) continue;
    DenialEntry again = std::move(*entry);
    denials_.erase(entry);
    ++again.count;
    again.time = now;
    again.client_id = client.id;
    again.client = client.address;
    denials_.push_front(std::move(again));
    return;
  }
  denials_.push_front({denial, in_transaction, 1, now, client.id, client.address});
  if (denials_.size() > kMostDenials) denials_.pop_back();
}

std::optional<Denial> check_access(const User& user, const Command& command,
                                   std::span<const std::string_view> words) {
  using Verdict = Permissions::Verdict;
  if (user.is_unrestricted()) return std::nullopt;
  constexpr size_t kMostQuoted = 256;
  std::string_view denied;
  switch (user.check(command, words, denied)) {
    case Verdict::kAllowed:
      return std::nullopt;
    case Verdict::kCommandDenied:
      return Denial{Denial::Reason::kCommand, std::string(command.name), user.name()};
    case Verdict::kKeyDenied:
      return Denial{Denial::Reason::kKey, std::string(denied.substr(0, kMostQuoted)), user.name()};
    case Verdict::kChannelDenied:
      return Denial{Denial::Reason::kChannel, std::string(denied.substr(0, kMostQuoted)), user.name()};
  }
  return std::nullopt;
}

std::string describe(const Denial& denial) {
  switch (denial.reason) {
    case Denial::Reason::kCommand:
      return "NOPERM this user has no permissions to run the '" + denial.object + "' command";
    case Denial::Reason::kKey:
      return "NOPERM this user has no permissions to access one of the keys used as arguments";
    case Denial::Reason::kChannel:
      return "NOPERM this user has no permissions to access one of the channels used as arguments";
    case Denial::Reason::kAuth:
      break;
  }
  return "WRONGPASS invalid username-password pair or user is disabled.";
}

}  // namespace server
