#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/conf_directives.h"
#include "check/judgement.h"
#include "redis/server_info.h"

namespace check {

// What the rules of a user's line come to.
struct AuditedUser {
  std::string name;
  bool is_enabled = false;
  bool needs_no_password = false;
  bool may_do_all = false;               // all commands on all keys
  std::optional<size_t> shortest_plain;  // of its passwords in plain text, in characters
};

// A line "NAME rule…" as ACL LIST, an aclfile and `user` have it behind the word "user".
AuditedUser read_audited_user(const std::vector<std::string>& words);

// What a live server does, whatever it says of itself.
struct LiveBehaviour {
  redis::ServerInfo server;
  std::string plaintext_port;               // where it answered without TLS; empty: nowhere
  bool is_plaintext_open = false;           // it executed a command there, without a password
  bool serves_without_certificate = false;  // it executed a command, or asked for a password
  std::vector<std::string> old_protocols;   // "TLSv1.1": that it shook hands with
  std::string cipher;                       // without forward secrecy, that it agreed to; empty: to none
  std::optional<size_t> clients;            // with TLS, where the server tells
  size_t clients_without_certificate = 0;
};

// What is audited: a configuration file, a live server, or both.
struct AuditSubject {
  using Server = redis::ServerInfo::Flavour;

  std::string name;  // as it was given
  Server server = Server::kRedis;
  std::filesystem::path file;  // of the configuration; empty: not seen
  std::map<std::string, std::vector<std::string>>
      settings;  // values by directive: of the server, else of the file
  std::map<std::string, std::vector<ConfDirectives::Line>> lines;  // of the file
  std::vector<AuditedUser> users;                                  // with "default"
  pki::CertificateChain served;                                    // what clients are shown; empty: unknown
  std::vector<Verdict> certificates;                               // all that it names or shows
  size_t client_roots = 0;                                         // CAs whose certificates let clients in
  std::vector<std::string> unread;                                 // what could not be looked at, and why
  std::optional<LiveBehaviour> live;
  bool knows_settings = true;  // false: a server that doesn't tell

  // The value, or the server's default; several words are joined by spaces.
  std::string value(const std::string& directive) const;
  bool says_yes(const std::string& directive) const { return value(directive) == "yes"; }
  bool says(const std::string& directive) const { return !value(directive).empty(); }

  const AuditedUser* user(std::string_view wanted) const;  // null when there is none
  bool speaks_tls() const;
  std::string plain_port() const;  // empty for none
  bool verifies_clients() const { return value("tls-auth-clients") == "yes"; }
  bool listens_beyond_loopback() const;
};

}  // namespace check
