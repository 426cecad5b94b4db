// The checklist: files, what is served, and whether file and server say the same.

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

#include "base/duration.h"
#include "base/words.h"
#include "check/audit_rules.h"

namespace check {
namespace {

using pki::Severity;
using Detail = std::optional<std::string>;
using Subject = AuditSubject;

constexpr std::chrono::days kLongestLifetime{398};  // what public CAs may give, and browsers take

bool has_secrets(const Subject& subject) {
  for (const std::string directive :
       {"requirepass", "masterauth", "tls-key-file-pass", "tls-client-key-file-pass"}) {
    if (subject.lines.contains(directive)) return true;
  }
  return std::any_of(subject.users.begin(), subject.users.end(),
                     [](const AuditedUser& user) { return user.shortest_plain.has_value(); });
}

Detail readable_secrets(const Subject& subject) {
  struct stat status {};
  if (subject.file.empty() || !has_secrets(subject) || ::stat(subject.file.c_str(), &status) != 0)
    return std::nullopt;
  if ((status.st_mode & S_IROTH) == 0) return std::nullopt;
  return subject.file.native() + " holds a password and can be read by everybody";
}

Detail no_certificate(const Subject& subject) {
  if (!subject.speaks_tls() || !subject.knows_settings) return std::nullopt;
  if (subject.says("certificate-key-pair")) return std::nullopt;
  for (const std::string directive : {"tls-cert-file", "tls-key-file"}) {
    if (!subject.says(directive)) return directive + " is not set";
  }
  return std::nullopt;
}

Detail long_lived_certificate(const Subject& subject) {
  if (subject.served.empty()) return std::nullopt;
  const auto lifetime = subject.served.front().not_after() - subject.served.front().not_before();
  if (lifetime <= kLongestLifetime) return std::nullopt;
  return "it is valid for " + std::to_string(std::chrono::floor<std::chrono::days>(lifetime).count()) +
         " days";
}

Detail no_alternative_names(const Subject& subject) {
  if (subject.served.empty() || !subject.served.front().subject_alt_names().empty()) return std::nullopt;
  return "its only name is its subject, " + subject.served.front().subject();
}

// What the file says and the server doesn't do, where both are known.
Detail drift(const Subject& subject) {
  if (!subject.live || !subject.knows_settings || subject.lines.empty()) return std::nullopt;
  std::string found;
  for (const auto& [directive, lines] : subject.lines) {
    const bool matters = directive.starts_with("tls-") || directive == "port" || directive == "bind" ||
                         directive == "protected-mode" || directive == "cluster-enabled";
    const bool is_secret = directive.ends_with("-pass");
    if (!matters || is_secret || !subject.settings.contains(directive)) continue;
    const std::string said = base::join(lines.back().values, " ");
    const std::string done = subject.value(directive);
    if (base::equals_ignoring_case(said, done)) continue;
    found += (found.empty() ? "" : "; ") + directive + " is '" + done + "' and would be '" + said +
             "' after a restart";
  }
  return found.empty() ? std::nullopt : Detail(found);
}

Detail hidden_settings(const Subject& subject) {
  if (subject.knows_settings) return std::nullopt;
  return "CONFIG GET is not allowed: only what the connection shows was looked at";
}

Detail unread_files(const Subject& subject) {
  return subject.unread.empty() ? std::nullopt : Detail(base::join(subject.unread, "; "));
}

Detail by_verdicts(const Subject&) { return std::nullopt; }

}  // namespace

const AuditRule kCertificateRule{"certificate",
                                 Severity::kError,
                                 "something is wrong with a certificate or its key",
                                 "Clients refuse what doesn't verify; whoever has the key can be the server.",
                                 "Issue another one ('redis-pki issue'), or mend what is told.",
                                 "tls-cert-file",
                                 by_verdicts};

const AuditRule kExpiryRule{
    "expiry",
    Severity::kError,
    "a certificate ends soon",
    "Servers start and run with an expired certificate, and clients refuse it all at once.",
    "Renew and rotate it ('redis-pki renew' from cron), and watch it ('redis-pki check').",
    "tls-cert-file",
    by_verdicts};

std::vector<AuditRule> file_rules() {
  return {
      {"no-certificate", Severity::kError, "it has no certificate",
       "Without certificate and key the tls-port doesn't open.", "Set tls-cert-file and tls-key-file.",
       "tls-cert-file", no_certificate},
      {"long-lived-certificate", Severity::kWarning, "the certificate lives long",
       "The longer it is valid, the longer a lost key is of use, and the less often the renewal is tried.",
       "Issue it for 90 days ('redis-pki issue … --lifetime 90d'), and let 'redis-pki renew' do the rest.",
       "tls-cert-file", long_lived_certificate},
      {"no-alternative-names", Severity::kError, "the certificate has no alternative names",
       "Clients compare the host with the subjectAltName only (RFC 9525).", "Issue it with --san.",
       "tls-cert-file", no_alternative_names},
      {"readable-secrets", Severity::kWarning, "the configuration's secrets can be read by every user",
       "Passwords in it are theirs.", "Run: chmod o= on it, or keep passwords as SHA-256 in an aclfile.",
       "requirepass", readable_secrets},
      {"drift", Severity::kWarning, "the server does not do what its file says",
       "The next restart changes how it is protected.", "Run CONFIG REWRITE, or restart it.", "", drift},
      {"hidden-settings", Severity::kWarning, "the server does not tell its settings",
       "What isn't told can't be audited.",
       "Audit its file, or log in as a user that may CONFIG GET (--user, --pass).", "", hidden_settings},
      {"unread-files", Severity::kWarning, "something could not be looked at",
       "What isn't seen isn't audited.", "Run it as a user that may read the files, on the server's host.",
       "", unread_files},
      kCertificateRule,
      kExpiryRule,
  };
}

}  // namespace check
