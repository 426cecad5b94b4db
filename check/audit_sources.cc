#include "check/audit_sources.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/words.h"
#include "check/file_source.h"
#include "check/live_probe.h"
#include "check/redis_conf.h"

namespace check {
namespace fs = std::filesystem;
namespace {

using base::Error;
using Server = AuditSubject::Server;

// Directives that only the bundled server has.
constexpr std::string_view kOwnDirectives[] = {
    "enable-tls",   "certificate-key-pair",  "tls-mode",          "mlock",
    "upstream",     "admin-socket",          "metrics-port",      "dh-params-file",
    "tls-crl-file", "tls-handshake-timeout", "tls-max-handshakes"};

// That name files.
constexpr std::string_view kFileDirectives[] = {"tls-cert-file",      "tls-key-file",   "tls-ca-cert-file",
                                                "tls-dh-params-file", "dh-params-file", "aclfile"};

AuditedUser default_user() {
  AuditedUser user{.name = "default"};
  user.is_enabled = user.needs_no_password = user.may_do_all = true;
  return user;
}

AuditedUser& user_of(AuditSubject& subject, const std::string& name) {
  const auto found = std::find_if(subject.users.begin(), subject.users.end(),
                                  [&](const AuditedUser& user) { return user.name == name; });
  return found != subject.users.end() ? *found : subject.users.emplace_back(AuditedUser{.name = name});
}

// Lines "user NAME rule…".
void read_users(AuditSubject& subject, std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto words = base::split_words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!words || words->size() < 2 || words->front() != "user") continue;
    user_of(subject, words->at(1)) = read_audited_user({words->begin() + 1, words->end()});
  }
}

void read_aclfile(AuditSubject& subject) {
  if (!subject.says("aclfile")) return;
  try {
    read_users(subject, base::read_file(subject.value("aclfile")));
  } catch (const Error& error) {
    subject.unread.push_back(std::string("aclfile: ") + error.what());
  }
}

void apply_requirepass(AuditSubject& subject) {
  if (!subject.says("requirepass")) return;
  AuditedUser& unnamed = user_of(subject, "default");
  unnamed.needs_no_password = false;
  unnamed.shortest_plain = subject.value("requirepass").size();
}

std::vector<pki::Certificate> certificates_of(AuditSubject& subject, const std::string& directive) {
  if (!subject.says(directive)) return {};
  try {
    return pki::parse_certificates(base::read_file(subject.value(directive)), directive);
  } catch (const Error& error) {
    if (!subject.live) subject.unread.push_back(error.what());
    return {};
  }
}

void take_lines(AuditSubject& subject, const ConfDirectives& directives, const fs::path& file) {
  subject.file = file;
  subject.lines = directives.lines();
  subject.unread.insert(subject.unread.end(), directives.unread().begin(), directives.unread().end());
}

void take_settings(AuditSubject& subject, const ConfDirectives& directives, const fs::path& file) {
  for (const auto& [name, lines] : directives.lines()) subject.settings[name] = lines.back().values;
  if (subject.says("certificate-key-pair")) {
    const auto pair = base::split_words(subject.value("certificate-key-pair"));
    if (pair && pair->size() == 2) {
      subject.settings["tls-cert-file"] = {pair->front()};
      subject.settings["tls-key-file"] = {pair->back()};
    }
  }
  for (const std::string_view name : kFileDirectives) {
    const auto found = subject.settings.find(std::string(name));
    if (found == subject.settings.end() || found->second.front().empty()) continue;
    const fs::path path = found->second.front();
    const fs::path directory =
        directives["dir"].starts_with('/') ? fs::path(directives["dir"]) : file.parent_path();
    if (path.is_relative()) found->second = {(directory / path).native()};
  }
}

bool has_own_directive(const ConfDirectives& directives) {
  return std::any_of(std::begin(kOwnDirectives), std::end(kOwnDirectives),
                     [&](std::string_view name) { return directives.lines().contains(std::string(name)); });
}

// CONFIG GET, as a map or an array of pairs.
void ask_settings(AuditSubject& subject, redis::Connection& connection) {
  const auto reply = connection.command({"CONFIG", "GET", "*"});
  if (reply.is_error()) {
    subject.knows_settings = false;
    return;
  }
  for (size_t i = 0; i + 1 < reply.elements.size(); i += 2) {
    subject.settings[base::lower_case(reply.elements[i].text)] = {reply.elements[i + 1].text};
  }
}

void ask_users(AuditSubject& subject, redis::Connection& connection) {
  const auto reply = connection.command({"ACL", "LIST"});
  if (reply.is_error()) return;
  for (const auto& line : reply.elements) read_users(subject, line.text);
}

void ask(AuditSubject& subject, redis::Connection& connection, fs::path& file) {
  subject.live->server = redis::get_server_info(connection);
  subject.server = subject.live->server.flavour;
  ask_settings(subject, connection);
  ask_users(subject, connection);
  if (subject.knows_settings) apply_requirepass(subject);
  const auto info = redis::parse_info(connection.command({"INFO", "server"}).text);
  const auto named = info.find("config_file");
  if (file.empty() && named != info.end()) file = named->second;
  count_clients(connection, *subject.live);
}

void add_file(AuditSubject& subject, const fs::path& file, bool was_named) {
  if (file.empty()) return;
  try {
    take_lines(subject, ConfDirectives(base::read_file(file), file), file);
  } catch (const Error& error) {
    if (was_named) throw;  // else it is on another host, or another user's
  }
}

}  // namespace

AuditSubject read_audited_file(const fs::path& file, const Thresholds& thresholds, base::Time now) {
  const std::string text = base::read_file(file);
  const ConfDirectives directives(text, file);
  AuditSubject subject;
  subject.name = file.native();
  subject.server = has_own_directive(directives) ? Server::kRedisPki : Server::kRedis;
  take_lines(subject, directives, file);
  take_settings(subject, directives, file);
  subject.users = {default_user()};
  const auto users = subject.lines.find("user");
  for (const auto& line :
       users == subject.lines.end() ? std::vector<ConfDirectives::Line>() : users->second) {
    user_of(subject, line.values.front()) = read_audited_user(line.values);
  }
  read_aclfile(subject);
  apply_requirepass(subject);
  subject.served = certificates_of(subject, "tls-cert-file");
  subject.client_roots = certificates_of(subject, "tls-ca-cert-file").size();
  if (is_redis_conf(text)) {
    FileOptions options;
    options.now = now;
    for (const Observation& seen : observe_redis_conf(text, file, options)) {
      subject.certificates.push_back(judge(seen, thresholds, now));
    }
  }
  return subject;
}

AuditSubject observe_audited_server(const redis::ConnectOptions& options, const fs::path& file,
                                    const Thresholds& thresholds, const base::Clock& clock) {
  AuditSubject subject;
  subject.name = options.endpoint.to_string();
  subject.live.emplace();
  fs::path configuration = file;
  try {
    auto connection = redis::Connection::open(options, clock);
    ask(subject, connection, configuration);
  } catch (const Error& error) {
    if (error.kind() != base::ErrorKind::kRefused) throw;
    subject.knows_settings = false;
    subject.unread.push_back(error.what());
  }
  add_file(subject, configuration, !file.empty());
  const Observation seen = probe_certificate(options, clock);
  subject.served = seen.chain;
  if (options.endpoint.channel == redis::Endpoint::Channel::kTls) {
    subject.certificates.push_back(judge(seen, thresholds, clock.now()));
    if (!subject.settings.contains("tls-port"))
      subject.settings["tls-port"] = {std::to_string(options.endpoint.address.port)};
  }
  subject.client_roots = certificates_of(subject, "tls-ca-cert-file").size();
  probe_behaviour(options, subject.knows_settings ? subject.plain_port() : "", clock, *subject.live);
  return subject;
}

}  // namespace check
