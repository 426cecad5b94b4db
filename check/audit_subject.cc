#include "check/audit_subject.h"

#include <algorithm>

#include "base/words.h"

namespace check {
namespace {

// What holds where nothing is said.
struct Default {
  std::string_view directive, redis, redis_pki;
};

constexpr Default kDefaults[] = {{"port", "6379", "0"},
                                 {"tls-port", "0", "0"},
                                 {"bind", "* -::*", "127.0.0.1 -::1"},
                                 {"tls-auth-clients", "yes", "yes"},
                                 {"tls-auth-clients-user", "off", "off"},
                                 {"tls-session-caching", "yes", "yes"},
                                 {"tls-prefer-server-ciphers", "no", "no"},
                                 {"tls-replication", "no", "no"},
                                 {"tls-cluster", "no", "no"},
                                 {"cluster-enabled", "no", "no"},
                                 {"protected-mode", "yes", "yes"},
                                 {"enable-tls", "no", "no"},
                                 {"enable-debug-command", "no", "no"},
                                 {"enable-module-command", "no", "no"},
                                 {"enable-protected-configs", "no", "no"}};

// In a `bind`, where "-" means that it may be missing.
bool is_bound_to_loopback(std::string_view address) {
  if (address.starts_with('-')) address.remove_prefix(1);
  return address == "localhost" || tls::is_loopback(address);
}

}  // namespace

AuditedUser read_audited_user(const std::vector<std::string>& words) {
  AuditedUser user;
  user.name = words.front();
  bool all_commands = false;
  bool all_keys = false;
  for (auto word = words.begin() + 1; word != words.end(); ++word) {
    const std::string rule = base::lower_case(*word);
    if (rule == "on") user.is_enabled = true;
    if (rule == "off") user.is_enabled = false;
    if (rule == "nopass") user.needs_no_password = true;
    if (rule == "resetpass" || word->starts_with('>') || word->starts_with('#'))
      user.needs_no_password = false;
    if (word->starts_with('>')) {
      user.shortest_plain = std::min(user.shortest_plain.value_or(word->size() - 1), word->size() - 1);
    }
    if (rule == "+@all" || rule == "allcommands") all_commands = true;
    if (word->starts_with('-') || rule == "nocommands") all_commands = false;
    if (rule == "~*" || rule == "allkeys") all_keys = true;
    if (rule == "resetkeys") all_keys = false;
    if (rule == "reset") user = {.name = user.name}, all_commands = all_keys = false;
  }
  user.may_do_all = all_commands && all_keys;
  return user;
}

std::string AuditSubject::value(const std::string& directive) const {
  const auto found = settings.find(directive);
  if (found != settings.end()) return base::join(found->second, " ");
  for (const Default& entry : kDefaults) {
    if (entry.directive == directive)
      return std::string(server == Server::kRedisPki ? entry.redis_pki : entry.redis);
  }
  return "";
}

const AuditedUser* AuditSubject::user(std::string_view wanted) const {
  const auto found =
      std::find_if(users.begin(), users.end(), [&](const AuditedUser& user) { return user.name == wanted; });
  return found == users.end() ? nullptr : &*found;
}

bool AuditSubject::speaks_tls() const { return value("tls-port") != "0" || says_yes("enable-tls"); }

std::string AuditSubject::plain_port() const {
  const bool is_tls = value("tls-port") == "0" && says_yes("enable-tls");
  return value("port") == "0" || is_tls ? "" : value("port");
}

bool AuditSubject::listens_beyond_loopback() const {
  const auto addresses = base::split_words(value("bind"));
  return !addresses || addresses->empty() ||
         !std::all_of(addresses->begin(), addresses->end(), is_bound_to_loopback);
}

}  // namespace check
