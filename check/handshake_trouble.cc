#include "check/handshake_trouble.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/timestamp.h"
#include "base/words.h"
#include "check/problem.h"
#include "pki/chain_verifier.h"

namespace check {
namespace {

using base::Error;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string address_of(const DiagnosisOptions& options) {
  return options.connect.endpoint.address.to_string();
}

std::string host_of(const DiagnosisOptions& options) {
  return options.connect.server_name.empty() ? options.connect.endpoint.address.host
                                             : options.connect.server_name;
}

// What answers to bytes that are no TLS; empty when nothing does.
std::string answer_in_plaintext(const DiagnosisOptions& options, std::string_view question) {
  const auto deadline = tls::deadline_in(std::min(options.connect.timeout, std::chrono::milliseconds(3000)));
  try {
    auto socket = tls::Socket::connect(options.connect.endpoint.address, deadline);
    socket.write(question, deadline);
    std::array<char, 512> buffer{};
    return {buffer.data(), socket.read(buffer.data(), buffer.size(), deadline)};
  } catch (const Error&) {
    return "";
  }
}

bool closes_unasked(const DiagnosisOptions& options) {
  constexpr std::chrono::milliseconds kWait{500};
  try {
    auto socket =
        tls::Socket::connect(options.connect.endpoint.address, tls::deadline_in(options.connect.timeout));
    char byte = 0;
    return socket.read(&byte, 1, tls::deadline_in(kWait)) == 0;
  } catch (const Error& error) {
    return error.kind() != base::ErrorKind::kTimeout;
  }
}

bool is_resp(const std::string& answer) { return answer.starts_with('+') || answer.starts_with('-'); }

// Whether the server comes as far as showing its certificate.
bool agrees(const DiagnosisOptions& options, const std::string& protocol, const std::string& ciphers,
            const base::Clock& clock) {
  const auto deadline = tls::deadline_in(options.connect.timeout);
  tls::ClientOptions offer = redis::client_options(options.connect);
  offer.require_trust = false;
  offer.only_protocol = protocol;
  offer.ciphers = ciphers;
  try {
    tls::observe_handshake(tls::Socket::connect(options.connect.endpoint.address, deadline),
                           tls::Context::for_client(offer, clock), deadline);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<std::string> spoken_protocols(const DiagnosisOptions& options, const base::Clock& clock) {
  std::vector<std::string> spoken;
  for (const std::string protocol : {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}) {
    if (agrees(options, protocol, "ALL:@SECLEVEL=0", clock)) spoken.push_back(protocol);
  }
  return spoken;
}

Cause explain_other_protocol(const DiagnosisOptions& options) {
  const std::string answer = answer_in_plaintext(options, "PING\r\n");
  if (is_resp(answer)) {
    return {"plaintext-port",
            "At " + address_of(options) + " Redis is spoken without TLS: this is the plaintext port.",
            "Use its tls-port; if there is none, set 'tls-port', 'tls-cert-file' and 'tls-key-file' "
            "('redis-pki conf server NAME' prints them)."};
  }
  if (answer_in_plaintext(options, "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/")) {
    return {"not-redis", "At " + address_of(options) + " a web server answers, not Redis.",
            "Look up host and port: is another program there, or a proxy in between?"};
  }
  return {"no-tls", "At " + address_of(options) + " something answers that speaks neither TLS nor Redis.",
          "Look up host and port, and what listens there: ss -ltnp"};
}

Cause explain_no_agreement(const DiagnosisOptions& options, const base::Clock& clock) {
  const auto spoken = spoken_protocols(options, clock);
  if (spoken.empty()) {
    return {"no-usable-certificate",
            "The server takes part in no handshake, of whatever protocol: its certificate and key don't fit "
            "each other "
            "or any cipher, or it has none.",
            "On the server: redis-pki check its redis.conf, and look for 'no shared cipher' in its log; then "
            "install a pair "
            "('redis-pki rotate')."};
  }
  const std::string& only = options.connect.only_protocol;
  const std::string ours = only.empty() ? "TLSv1.2 and TLSv1.3" : only;
  const bool is_common = std::any_of(spoken.begin(), spoken.end(), [&](const std::string& protocol) {
    return only.empty() ? protocol == "TLSv1.2" || protocol == "TLSv1.3" : protocol == only;
  });
  if (!is_common) {
    return {
        "protocol-mismatch",
        "The server speaks " + base::join(spoken, " and ") + " only, and the client " + ours + ".",
        "On the server: CONFIG SET tls-protocols \"TLSv1.2 TLSv1.3\"; or let the client use what it speaks."};
  }
  return {"cipher-mismatch",
          "Server and client have no cipher in common" +
              (options.ciphers.empty() ? std::string(".") : "; the client has " + options.ciphers + "."),
          "Compare 'CONFIG GET tls-ciphers' and 'CONFIG GET tls-ciphersuites' with the client's list; "
          "'CONFIG SET tls-ciphers \"\"' goes back to the defaults. Suites with ECDSA need an EC "
          "certificate, those with RSA an "
          "RSA one."};
}

const pki::Finding* finding(const pki::Findings& findings, std::string_view code) {
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const pki::Finding& one) { return one.code == code; });
  return found == findings.end() ? nullptr : &*found;
}

// The chain is whole with an intermediate that we know and the server does not send.
bool is_whole_with_known(const DiagnosisOptions& options, const tls::HandshakeResult& shown,
                         const base::Clock& clock) {
  pki::CertificateChain chain = shown.chain;
  chain.insert(chain.end(), options.known_issuers.begin(), options.known_issuers.end());
  pki::VerifyOptions verify;
  verify.at = clock.now();
  return finding(pki::verify_chain(chain, options.connect.roots, verify), "unknown_ca") == nullptr;
}

Cause explain_unknown_issuer(const DiagnosisOptions& options, const tls::HandshakeResult& shown,
                             const std::string& text, const base::Clock& clock) {
  if (is_whole_with_known(options, shown, clock)) {
    return {"incomplete-chain",
            "The server sends its certificate without the intermediate CA that issued it: the " + text + ".",
            "Put the intermediate behind the leaf in tls-cert-file ('tls.crt' of a lineage has both), and "
            "install it again."};
  }
  return {"unknown-ca",
          "The server's certificate is of a CA that the client does not trust: the " + text + ".",
          "Give the client the server's CA (--cacert; redis-cli --cacert), if it is the right server: "
          "compare the issuer; "
          "'redis-pki show' tells that of a file. Also a proxy that reads along looks like this."};
}

Cause explain_refused_certificate(const DiagnosisOptions& options, const std::string& reason,
                                  base::Time now) {
  const auto& own = options.connect.client->leaf();
  const std::string subject = "the client's certificate (" + clean(own.subject()) + ")";
  if (own.not_after() < now) {
    return {
        "client-certificate-expired",
        "The server refuses " + subject + ": it expired at " + base::format_timestamp(own.not_after()) + ".",
        "Issue another one: redis-pki issue client NAME"};
  }
  if (own.not_before() > now) {
    return {"client-certificate-not-yet-valid",
            "The server refuses " + subject + ": it is not valid before " +
                base::format_timestamp(own.not_before()) + ".",
            "Compare the clocks of both hosts: date -u"};
  }
  if (!own.allows_client_auth()) {
    return {"client-certificate-usage",
            "The server refuses " + subject + ": its extended key usage allows it as a server's only.",
            "Issue one of the profile client or peer: redis-pki issue client NAME"};
  }
  if (has(reason, "revoked")) {
    return {"client-certificate-revoked", "The server refuses " + subject + ": it is revoked.",
            "Issue another one: redis-pki issue client NAME"};
  }
  if (has(reason, "expired")) {
    return {"server-crl-or-clock",
            "The server says that " + subject +
                " has expired, which it has not: the server's clock is wrong, or its CRL or the CA "
                "that it trusts has expired.",
            "On the server: date -u, and redis-pki check the files of tls-crl-file and tls-ca-cert-file."};
  }
  return {"client-ca-unknown",
          "The server does not trust the CA of " + subject + ", " + clean(own.issuer()) +
              " (it says: " + reason + ").",
          "On the server: put that CA into the file of tls-ca-cert-file, with 'redis-pki rotate-ca' where "
          "all change; or use a "
          "certificate of a CA that it trusts. If the CA is an intermediate, the client must send it behind "
          "its leaf."};
}

}  // namespace

Cause explain_no_handshake(const DiagnosisOptions& options, const std::string& reason,
                           const base::Clock& clock) {
  // A Redis without TLS waits for the end of the line that it takes a ClientHello for.
  if (has(reason, "in time") && !is_resp(answer_in_plaintext(options, "PING\r\n"))) {
    return {"silent", "Something accepts connections at " + address_of(options) + " and then says nothing.",
            "Look at the server: is it stopped, overloaded, or behind a proxy that waits? redis-cli "
            "--latency, and its log."};
  }
  // One that closes without a word may also have no certificate that it could use.
  const bool is_silent =
      has(reason, "closed the connection") || has(reason, "reset by peer") || has(reason, "Broken pipe");
  if (is_silent && closes_unasked(options)) {
    return {"maxclients",
            "The server closes connections before anything is said: it has as many clients as it may have, "
            "or a proxy has no server behind it.",
            "Look for clients that are left open (CLIENT LIST), or raise it: CONFIG SET maxclients N. "
            "Before a proxy, look at its log."};
  }
  const bool is_doubtful = is_silent || has(reason, "does it speak TLS");
  if (is_doubtful && (!is_silent || is_resp(answer_in_plaintext(options, "PING\r\n")))) {
    return explain_other_protocol(options);
  }
  return explain_no_agreement(options, clock);
}

std::optional<Cause> explain_server_certificate(const DiagnosisOptions& options,
                                                const tls::HandshakeResult& shown, const base::Clock& clock) {
  const auto& findings = shown.verification;
  if (!pki::has_errors(findings)) return std::nullopt;
  if (const auto* found = finding(findings, "not_yet_valid")) {
    return Cause{"not-yet-valid",
                 "It is " + base::format_timestamp(clock.now()) + " here, and the " + found->text + ".",
                 "Compare the clocks of both hosts: date -u"};
  }
  if (const auto* found = finding(findings, "expired")) {
    return Cause{"expired", "The " + found->text + ".",
                 "Issue and install another one: redis-pki issue server NAME, then redis-pki rotate NAME. If "
                 "it is not over, "
                 "compare the clocks: date -u"};
  }
  if (const auto* found = finding(findings, "self_signed")) {
    return Cause{"self-signed",
                 "The server's certificate is its own issuer, and the client doesn't trust it: the " +
                     found->text + ".",
                 "Give the client that certificate as CA (--cacert), or the server one of a CA: redis-pki "
                 "issue server NAME"};
  }
  if (const auto* found = finding(findings, "unknown_ca"))
    return explain_unknown_issuer(options, shown, found->text, clock);
  if (const auto* found = finding(findings, "wrong_purpose")) {
    return Cause{"wrong-purpose", "The certificate can't be a server's: the " + found->text + ".",
                 "Issue one of the profile server or peer: redis-pki issue server NAME"};
  }
  if (const auto* found = finding(findings, "name_mismatch")) {
    return Cause{"name-mismatch", "The client asks for " + host_of(options) + ", and " + found->text + ".",
                 "Connect by a name that it has, or issue it again: redis-pki issue server NAME --san " +
                     host_of(options)};
  }
  return Cause{"invalid-certificate",
               "The server's certificate does not verify: " + pki::describe_errors(findings) + ".",
               "Look at it: redis-pki verify FILE --purpose server --host " + host_of(options)};
}

Cause explain_refusal(const DiagnosisOptions& options, const std::string& text, const base::Clock& clock) {
  const size_t colon = text.rfind(": ");
  const std::string reason = colon == std::string::npos ? text : text.substr(colon + 2);
  if (!options.connect.client) {
    return {"client-certificate-missing",
            "The server wants a client certificate, and the client has none (it says: " + reason + ").",
            "Issue one of its CA and show it: redis-pki issue client NAME, then --client NAME (redis-cli "
            "--cert and --key)."};
  }
  return explain_refused_certificate(options, reason, clock.now());
}

}  // namespace check
