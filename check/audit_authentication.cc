// The checklist: client certificates, users, passwords.

#include "check/audit_rules.h"

namespace check {
namespace {

using pki::Severity;
using Detail = std::optional<std::string>;
using Subject = AuditSubject;

constexpr size_t kShortestPassword = 16;  // characters; Redis checks a million a second
constexpr size_t kMostClientRoots = 10;

bool needs_no_password(const Subject& subject) {
  const AuditedUser* unnamed = subject.user("default");
  return unnamed != nullptr && unnamed->is_enabled && unnamed->needs_no_password;
}

Detail no_client_certificates(const Subject& subject) {
  if (!subject.speaks_tls() || subject.value("tls-auth-clients") != "no") return std::nullopt;
  return "tls-auth-clients no";
}

Detail optional_client_certificates(const Subject& subject) {
  if (subject.value("tls-auth-clients") != "optional") return std::nullopt;
  if (!subject.live || !subject.live->clients) return "tls-auth-clients optional";
  return std::to_string(subject.live->clients_without_certificate) + " of " +
         std::to_string(*subject.live->clients) + " clients have shown none";
}

Detail served_without_certificate(const Subject& subject) {
  if (!subject.live || !subject.live->serves_without_certificate || !subject.verifies_clients())
    return std::nullopt;
  return "a client without a certificate was served";
}

Detail no_client_roots(const Subject& subject) {
  if (!subject.speaks_tls() || subject.value("tls-auth-clients") == "no") return std::nullopt;
  if (subject.says("tls-ca-cert-file") || subject.says("tls-ca-cert-dir")) return std::nullopt;
  return "neither tls-ca-cert-file nor tls-ca-cert-dir is set";
}

Detail broad_trust(const Subject& subject) {
  if (subject.value("tls-auth-clients") == "no" || subject.client_roots <= kMostClientRoots)
    return std::nullopt;
  return std::to_string(subject.client_roots) + " CAs may certify clients";
}

Detail no_revocation(const Subject& subject) {
  if (subject.value("tls-auth-clients") == "no" || !subject.speaks_tls()) return std::nullopt;
  if (subject.server != Subject::Server::kRedisPki) return "this server can't read CRLs";
  return subject.says("tls-crl-file") ? std::nullopt : Detail("tls-crl-file is not set");
}

Detail no_password(const Subject& subject) {
  if (!needs_no_password(subject) || subject.verifies_clients()) return std::nullopt;
  return "the user default needs no password";
}

Detail any_certificate_may_do_all(const Subject& subject) {
  const AuditedUser* unnamed = subject.user("default");
  const bool is_open = needs_no_password(subject) && unnamed->may_do_all;
  if (!is_open || !subject.speaks_tls() || !subject.verifies_clients()) return std::nullopt;
  return "the user default needs no password and may do everything";
}

Detail weak_password(const Subject& subject) {
  std::string names;
  for (const AuditedUser& user : subject.users) {
    if (!user.shortest_plain || *user.shortest_plain >= kShortestPassword) continue;
    names += (names.empty() ? "" : ", ") + user.name + " (" + std::to_string(*user.shortest_plain) +
             " characters)";
  }
  return names.empty() ? std::nullopt : Detail(names);
}

Detail users_without_password(const Subject& subject) {
  std::string names;
  for (const AuditedUser& user : subject.users) {
    if (user.name == "default" || !user.is_enabled || !user.needs_no_password) continue;
    names += (names.empty() ? "" : ", ") + user.name;
  }
  if (names.empty()) return std::nullopt;
  const bool is_named = subject.value("tls-auth-clients-user") != "off";
  // The bundled server lets such a user in by certificate only.
  if (is_named && (subject.verifies_clients() || subject.server == Subject::Server::kRedisPki))
    return std::nullopt;
  return names + (is_named ? ", whom certificates name, are reached by AUTH without one" : "");
}

Detail dangerous_commands(const Subject& subject) {
  std::string found;
  for (const std::string directive :
       {"enable-debug-command", "enable-module-command", "enable-protected-configs"}) {
    if (subject.says_yes(directive)) found += (found.empty() ? "" : ", ") + directive + " yes";
  }
  return found.empty() ? std::nullopt : Detail(found);
}

Detail only_one_user(const Subject& subject) {
  if (subject.users.size() != 1) return std::nullopt;
  return "there is only the user default";
}

}  // namespace

std::vector<AuditRule> authentication_rules() {
  return {
      {"no-client-auth", Severity::kWarning, "clients show no certificate",
       "A password alone can be guessed, shared and leaked; a client's certificate can't be used without its "
       "key.",
       "Issue certificates ('redis-pki issue client NAME'), try them with 'tls-auth-clients optional', then "
       "set 'yes'.",
       "tls-auth-clients", no_client_certificates},
      {"optional-client-auth", Severity::kWarning, "clients may come without a certificate",
       "It is meant for the time in which clients get theirs.",
       "Set 'tls-auth-clients yes', once all have shown one.", "tls-auth-clients",
       optional_client_certificates},
      {"served-without-certificate", Severity::kError, "a client without a certificate is served",
       "It says that it asks for one.",
       "Look for a proxy before it that ends TLS, and at what CONFIG GET tls-auth-clients says.",
       "tls-auth-clients", served_without_certificate},
      {"no-client-roots", Severity::kError, "it has nothing to verify client certificates with",
       "No client certificate can be verified, so none gets in.",
       "Set 'tls-ca-cert-file' to the CA of your clients.", "tls-ca-cert-file", no_client_roots},
      {"broad-trust", Severity::kError, "many CAs can let clients in",
       "A certificate of any of them is accepted: of public CAs, anybody can have one.",
       "Set 'tls-ca-cert-file' to the one CA of your clients ('trust/clients.crt' of a redis-pki home).",
       "tls-ca-cert-file", broad_trust},
      {"no-revocation", Severity::kInfo, "a lost client certificate works until it ends",
       "Without a CRL, all that helps is a short lifetime, or another CA.",
       "Give clients short lifetimes (--lifetime 30d); the bundled server reads tls-crl-file.",
       "tls-crl-file", no_revocation},
      {"no-password", Severity::kError, "nothing tells friend from stranger",
       "Without client certificates and passwords whoever reaches the port may do everything.",
       "Set 'tls-auth-clients yes', or requirepass, or users.", "requirepass", no_password},
      {"any-certificate-may-do-all", Severity::kWarning, "every certificate of the CA may do everything",
       "One lost client key is enough to read, change and configure all.",
       "Give each application a user with its keys and commands, and the user default a password or 'off'.",
       "requirepass", any_certificate_may_do_all},
      {"weak-password", Severity::kWarning, "a password is short",
       "A server answers very many guesses a second.",
       "Take one of 'ACL GENPASS', and keep it as '#' and its SHA-256.", "requirepass", weak_password},
      {"user-without-password", Severity::kError, "a user needs no password",
       "Whoever may connect can be that user, by AUTH with any password.",
       "Give it a password, or say 'resetpass'.", "user", users_without_password},
      {"dangerous-commands", Severity::kWarning,
       "commands that change the server's own protection are allowed",
       "DEBUG, MODULE LOAD and CONFIG SET dir let a client run code on the host.",
       "Set them to 'no' or 'local'.", "enable-debug-command", dangerous_commands},
      {"only-default-user", Severity::kInfo, "all clients are the same user",
       "Nobody can be kept from keys and commands that are not theirs, and ACL LOG can't say who it was.",
       "Define users ('user' or 'aclfile').", "user", only_one_user},
  };
}

}  // namespace check
