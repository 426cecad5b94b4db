// The checklist: ports, protocols, ciphers.

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "base/words.h"
#include "check/audit_rules.h"
#include "tls/cipher_list.h"
#include "tls/context.h"

namespace check {
namespace {

using pki::Severity;
using Detail = std::optional<std::string>;
using Subject = AuditSubject;

std::string list(std::vector<std::string> names) {
  constexpr size_t kMost = 6;
  const size_t count = names.size();
  names.resize(std::min(count, kMost));
  return base::join(names, ", ") + (count > kMost ? " and " + std::to_string(count - kMost) + " more" : "");
}

Detail no_tls(const Subject& subject) {
  if (subject.speaks_tls()) return std::nullopt;
  return "there is no tls-port";
}

Detail plaintext_port(const Subject& subject) {
  if (subject.live && !subject.live->plaintext_port.empty() && subject.listens_beyond_loopback()) {
    return "port " + subject.live->plaintext_port + " answers without TLS" +
           (subject.live->is_plaintext_open ? ", and without a password" : "");
  }
  if (subject.plain_port().empty() || !subject.listens_beyond_loopback()) return std::nullopt;
  const bool is_said = subject.settings.contains("port");
  return "port " + subject.plain_port() + (is_said ? "" : " (the default)") + " on " + subject.value("bind");
}

Detail plaintext_loopback(const Subject& subject) {
  if (subject.plain_port().empty() || subject.listens_beyond_loopback()) return std::nullopt;
  return "port " + subject.plain_port() + " on " + subject.value("bind");
}

Detail unix_socket_open(const Subject& subject) {
  const std::string mode = subject.value("unixsocketperm");
  if (!subject.says("unixsocket") || mode.empty()) return std::nullopt;
  const bool is_for_all = (mode.back() - '0') % 8 != 0;
  return is_for_all ? Detail("unixsocketperm " + mode) : std::nullopt;
}

Detail protected_mode_off(const Subject& subject) {
  const AuditedUser* unnamed = subject.user("default");
  const bool is_open = unnamed != nullptr && unnamed->is_enabled && unnamed->needs_no_password;
  const bool is_reached = !subject.verifies_clients() || !subject.plain_port().empty();
  if (subject.value("protected-mode") != "no" || !is_open || !is_reached) return std::nullopt;
  return "protected-mode no, and the user default needs no password";
}

Detail old_protocols(const Subject& subject) {
  std::set<std::string> old;
  if (subject.live) old.insert(subject.live->old_protocols.begin(), subject.live->old_protocols.end());
  for (const std::string& word :
       base::split_words(subject.value("tls-protocols")).value_or(std::vector<std::string>())) {
    for (const std::string_view name : {"SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"}) {
      if (base::equals_ignoring_case(word, name)) old.insert(word);
    }
  }
  if (old.empty()) return std::nullopt;
  return list({old.begin(), old.end()});
}

Detail no_tls_1_3(const Subject& subject) {
  const std::string protocols = base::lower_case(subject.value("tls-protocols"));
  if (protocols.empty() || protocols.find("tlsv1.3") != std::string::npos) return std::nullopt;
  return "tls-protocols " + subject.value("tls-protocols");
}

bool allows_tls_1_2(const Subject& subject) {
  const std::string protocols = base::lower_case(subject.value("tls-protocols"));
  return protocols.empty() || protocols.find("tlsv1.2") != std::string::npos;
}

// Names in a list that this OpenSSL may not know any more, and that others do.
std::vector<std::string> weak_words(const std::string& ciphers) {
  std::vector<std::string> found;
  std::string words = ciphers;
  std::replace_if(
      words.begin(), words.end(), [](char c) { return c == ':' || c == ','; }, ' ');
  for (const std::string& word : base::split_words(words).value_or(std::vector<std::string>())) {
    if (word.starts_with('!') || word.starts_with('-') || word.starts_with('@')) continue;
    for (const std::string_view weak :
         {"NULL", "RC4", "DES", "EXP", "MD5", "ADH", "AECDH", "LOW", "IDEA", "SEED"}) {
      if (word.find(weak) == std::string::npos) continue;
      found.push_back(word);
      break;
    }
  }
  return found;
}

Detail weak_ciphers(const Subject& subject) {
  const std::string ciphers = subject.value("tls-ciphers");
  if (ciphers.empty()) return std::nullopt;
  std::vector<std::string> weak;
  for (const auto& suite : tls::expand_cipher_list(ciphers)) {
    if (suite.is_weak || !suite.authenticates_server) weak.push_back(suite.name);
  }
  if (weak.empty()) weak = weak_words(ciphers);
  if (weak.empty()) return std::nullopt;
  return list(weak);
}

bool has_rsa_key(const Subject& subject) {
  return !subject.served.empty() && subject.served.front().key_description().starts_with("RSA");
}

Detail no_forward_secrecy(const Subject& subject) {
  if (!allows_tls_1_2(subject)) return std::nullopt;
  if (subject.live && !subject.live->cipher.empty()) return "it agreed to " + subject.live->cipher;
  if (!has_rsa_key(subject)) return std::nullopt;  // with other keys there is no key exchange without it
  const std::string ciphers = subject.value("tls-ciphers");
  if (ciphers.empty() && subject.server == Subject::Server::kRedisPki) return std::nullopt;  // its own choice
  std::vector<std::string> found;
  for (const auto& suite : tls::expand_cipher_list(ciphers.empty() ? "DEFAULT" : ciphers)) {
    if (!suite.has_forward_secrecy) found.push_back(suite.name);
  }
  if (found.empty()) return std::nullopt;
  return list(found) + (ciphers.empty() ? " (tls-ciphers is not set)" : "");
}

Detail client_chooses_cipher(const Subject& subject) {
  if (subject.value("tls-prefer-server-ciphers") != "no" || subject.server == Subject::Server::kRedisPki)
    return std::nullopt;
  return "tls-prefer-server-ciphers no";
}

Detail no_session_caching(const Subject& subject) {
  if (subject.value("tls-session-caching") != "no") return std::nullopt;
  const bool refuses =
      subject.server != Subject::Server::kRedisPki && subject.value("tls-auth-clients") != "no";
  return std::string("tls-session-caching no") +
         (refuses ? "; with tls-auth-clients it makes clients fail that come back with a ticket" : "");
}

Detail small_dh_parameters(const Subject& subject) {
  for (const std::string directive : {"tls-dh-params-file", "dh-params-file"}) {
    if (!subject.says(directive)) continue;
    try {
      const int bits = tls::require_dh_parameters(base::read_file(subject.value(directive)), directive);
      if (bits < 2048) return directive + " has " + std::to_string(bits) + " bits";
    } catch (const base::Error&) {
      return directive + " " + subject.value(directive) + " can't be read";
    }
  }
  return std::nullopt;
}

}  // namespace

std::vector<AuditRule> connection_rules() {
  return {
      {"no-tls", Severity::kError, "the server speaks no TLS",
       "Commands, data and passwords cross the network readable and changeable by whoever is on the way.",
       "Set tls-port, tls-cert-file, tls-key-file and tls-ca-cert-file; 'redis-pki conf server NAME' prints "
       "them.",
       "tls-port", no_tls},
      {"plaintext-port", Severity::kError, "the network can reach it without TLS",
       "A client that is configured wrongly, or led astray, sends its password and data in plaintext.",
       "Set 'port 0', once all clients use the tls-port.", "port", plaintext_port},
      {"plaintext-loopback", Severity::kInfo, "this host can reach it without TLS",
       "Programs of this host, and what is forwarded to it, need no certificate there.",
       "Set 'port 0', or keep the port for administration and say so.", "port", plaintext_loopback},
      {"unix-socket-open", Severity::kWarning, "every user of its host can reach it by its unix socket",
       "A unix socket has no TLS: its mode is all that keeps others out.",
       "Set 'unixsocketperm 770' or less.", "unixsocketperm", unix_socket_open},
      {"protected-mode-off", Severity::kError, "anybody who reaches it may do everything",
       "protected-mode is the last thing that keeps strangers out of a server without passwords.",
       "Remove 'protected-mode no', or set requirepass or users.", "protected-mode", protected_mode_off},
      {"old-protocols", Severity::kError, "protocols before TLS 1.2 are allowed",
       "RFC 8996 forbids TLS 1.0 and 1.1, which rest on MD5 and SHA-1.",
       "Set 'tls-protocols \"TLSv1.2 TLSv1.3\"'.", "tls-protocols", old_protocols},
      {"no-tls13", Severity::kWarning, "TLS 1.3 is not allowed",
       "TLS 1.3 saves a round trip, always has forward secrecy, and hides the client's certificate.",
       "Set 'tls-protocols \"TLSv1.2 TLSv1.3\"'.", "tls-protocols", no_tls_1_3},
      {"weak-ciphers", Severity::kError, "weak ciphers are allowed",
       "Suites without encryption or authentication, and RC4, DES and 3DES, protect nothing.",
       "Remove tls-ciphers, or set 'tls-ciphers ECDHE+AESGCM:ECDHE+CHACHA20'.", "tls-ciphers", weak_ciphers},
      {"no-forward-secrecy", Severity::kWarning, "cipher suites without forward secrecy are allowed",
       "Who records the traffic can read it later, once the certificate's key is known.",
       "Set 'tls-ciphers ECDHE+AESGCM:ECDHE+CHACHA20', or use an EC certificate.", "tls-ciphers",
       no_forward_secrecy},
      {"client-chooses-cipher", Severity::kInfo, "the client chooses the cipher",
       "The worst that both know may be taken.", "Set 'tls-prefer-server-ciphers yes'.",
       "tls-prefer-server-ciphers", client_chooses_cipher},
      {"no-session-caching", Severity::kWarning, "sessions are not resumed",
       "Each connection costs a full handshake, which is six times the work.",
       "Remove 'tls-session-caching no'.", "tls-session-caching", no_session_caching},
      {"small-dh-parameters", Severity::kError, "the Diffie-Hellman parameters are too small",
       "Below 2048 bits the exchange can be broken.", "Remove tls-dh-params-file: OpenSSL chooses by itself.",
       "tls-dh-params-file", small_dh_parameters},
  };
}

}  // namespace check
