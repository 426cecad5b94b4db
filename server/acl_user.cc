#include "server/acl_user.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/error.h"
#include "base/hex.h"
#include "base/words.h"
#include "pki/openssl_error.h"

namespace server {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view kSanitizes = "sanitize-payload";
std::string hash_of(std::string_view password) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  size_t length = 0;
  pki::require(
      EVP_Q_digest(nullptr, "SHA256", nullptr, password.data(), password.size(), digest, &length) == 1,
      "can't hash a password");
  return base::to_hex({digest, length});
}

void require_hash(std::string_view hash) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (hash.size() == 64 && std::all_of(hash.begin(), hash.end(), is_hex)) return;
  throw Error(ErrorKind::kUsage,
              "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
              "characters");
}

// "(+get", "~a)" becomes one rule.
std::vector<std::string> with_joined_selectors(const std::vector<std::string>& words) {
  std::vector<std::string> rules;
  for (size_t i = 0; i < words.size(); ++i) {
    std::string rule = words[i];
    if (rule.starts_with('(')) {
      const std::string first = rule;
      while (!rule.ends_with(')') && i + 1 < words.size()) rule += " " + words[++i];
      if (!rule.ends_with(')')) {
        throw Error(ErrorKind::kUsage, "Unmatched parenthesis in acl selector starting at '" + first + "'.");
      }
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace

User User::unrestricted(std::string name) {
  User user(std::move(name));
  for (const char* rule : {"on", "nopass", "~*", "&*", "+@all"}) user.apply(rule);
  return user;
}

void User::apply(std::string_view rule) {
  const std::string word = base::lower_case(rule);
  if (word == "on" || word == "off") {
    is_enabled_ = word == "on";
  } else if (word == "nopass") {
    needs_no_password_ = true;
    passwords_.clear();
  } else if (word == "resetpass") {
    needs_no_password_ = false;
    passwords_.clear();
  } else if (word == "sanitize-payload" || word == "skip-sanitize-payload") {
    payload_flag_ = word == "sanitize-payload" ? kSanitizes : "skip-sanitize-payload";
  } else if (word == "reset") {
    *this = User(name_);
    payload_flag_ = kSanitizes;
  } else if (word == "clearselectors") {
    permissions_.resize(1);
  } else if (rule.starts_with('(') && rule.ends_with(')')) {
    auto words = base::split_words(rule.substr(1, rule.size() - 2));
    if (!words) throw Error(ErrorKind::kUsage, "Syntax error");
    Permissions selector;
    for (const std::string& of_selector : *words) selector.apply(of_selector);
    permissions_.push_back(std::move(selector));
  } else if (!apply_password(rule)) {
    permissions_.front().apply(rule);
  }
}

// ">password", "<password", "#hash", "!hash".
bool User::apply_password(std::string_view rule) {
  if (rule.empty() || std::string_view("><#!").find(rule[0]) == std::string_view::npos) return false;
  const bool is_added = rule[0] == '>' || rule[0] == '#';
  const bool is_hash = rule[0] == '#' || rule[0] == '!';
  const std::string_view text = rule.substr(1);
  if (is_hash) require_hash(text);
  const std::string hash = is_hash ? std::string(text) : hash_of(text);
  if (is_added) {
    if (std::find(passwords_.begin(), passwords_.end(), hash) == passwords_.end()) passwords_.push_back(hash);
    needs_no_password_ = false;
  } else if (std::erase(passwords_, hash) == 0) {
    throw Error(ErrorKind::kUsage, "The password you are trying to remove from the user does not exist");
  }
  return true;
}

void User::apply_all(const std::vector<std::string>& rules) {
  for (const std::string& rule : with_joined_selectors(rules)) {
    try {
      apply(rule);
    } catch (const Error& error) {
      throw Error(ErrorKind::kUsage, "Error in ACL SETUSER modifier '" + rule + "': " + error.what());
    }
  }
}

bool User::password_fits(std::string_view password) const {
  const std::string hash = hash_of(password);
  bool fits = false;
  for (const std::string& known : passwords_) {
    fits = CRYPTO_memcmp(known.data(), hash.data(), hash.size()) == 0 || fits;
  }
  return fits || needs_no_password_;
}

std::vector<std::string> User::flags() const {
  std::vector<std::string> flags{is_enabled_ ? "on" : "off"};
  if (needs_no_password_) flags.emplace_back("nopass");
  if (!payload_flag_.empty()) flags.emplace_back(payload_flag_);
  return flags;
}

std::string User::rules() const {
  std::string text = base::join(flags(), " ");
  for (const std::string& hash : passwords_) text += " #" + hash;
  text += " " + permissions_.front().rules();
  for (size_t i = 1; i < permissions_.size(); ++i) text += " (" + permissions_[i].rules() + ")";
  return text;
}

Permissions::Verdict User::check(const Command& command, std::span<const std::string_view> words,
                                 std::string_view& denied) const {
  using Verdict = Permissions::Verdict;
  Verdict worst = Verdict::kCommandDenied;
  for (const Permissions& one : permissions_) {
    std::string_view denied_here;
    const Verdict verdict = one.check(command, words, denied_here);
    if (verdict == Verdict::kAllowed) return verdict;
    // What came furthest says most.
    if (verdict >= worst) {
      worst = verdict;
      denied = denied_here;
    }
  }
  return worst;
}

}  // namespace server
