#include "pki/chain_verifier.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "base/timestamp.h"
#include "pki/openssl_error.h"

namespace pki {
namespace {

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }  // the certificates are not ours
};

std::string code_of(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "not_yet_valid";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "unknown_ca";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "self_signed";
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
      return "bad_signature";
    case X509_V_ERR_INVALID_PURPOSE:
      return "wrong_purpose";
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return "invalid_ca";
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return "name_constraints";
    case X509_V_ERR_CERT_REVOKED:
      return "revoked";
    case X509_V_ERR_CRL_HAS_EXPIRED:
    case X509_V_ERR_CRL_NOT_YET_VALID:
      return "crl_expired";
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return "crl_missing";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "weak";
    default:
      return "invalid";
  }
}

std::string text_of(int error, X509* certificate) {
  if (certificate == nullptr) return X509_verify_cert_error_string(error);
  const Certificate subject = Certificate::share(certificate);
  const std::string who =
      "certificate of " + (subject.subject().empty() ? "(no subject)" : subject.subject());
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return who + " expired at " + base::format_timestamp(subject.not_after());
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return who + " is not valid before " + base::format_timestamp(subject.not_before());
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return who + " was issued by " + subject.issuer() + ", which is not trusted and not in the chain";
    case X509_V_ERR_CERT_REVOKED:
      return who + " is revoked";
    case X509_V_ERR_CRL_HAS_EXPIRED:
      return "the CRL of " + subject.issuer() + " has expired, so nobody knows whether the " + who +
             " is revoked";
    case X509_V_ERR_UNABLE_TO_GET_CRL:
      return "there is no CRL of " + subject.issuer() + " for the " + who;
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
      return who + " has a name that the name constraints of its CA don't permit";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "root " + subject.subject() + " is not trusted";
    default:
      return who + ": " + X509_verify_cert_error_string(error);
  }
}

int collect(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  auto& findings = *static_cast<Findings*>(X509_STORE_CTX_get_app_data(context));
  const int error = X509_STORE_CTX_get_error(context);
  const std::string code = code_of(error);
  // OpenSSL tells of a missing issuer twice: when it looks for it, and when it can't check the signature.
  const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.code == code && code == "unknown_ca";
  });
  if (!known) {
    findings.push_back({Severity::kError, code, text_of(error, X509_STORE_CTX_get_current_cert(context))});
  }
  return 1;  // go on, to see the rest
}

void verify_path(const CertificateChain& chain, const std::vector<Certificate>& roots, int purpose,
                 const VerifyOptions& options, Findings& findings) {
  const OpenSslPtr<X509_STORE> store(X509_STORE_new());
  const OpenSslPtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  const std::unique_ptr<STACK_OF(X509), FreeStack> intermediates(sk_X509_new_null());
  require(store != nullptr && context != nullptr && intermediates != nullptr, "no memory to verify");
  for (const Certificate& root : roots) X509_STORE_add_cert(store.get(), root.handle());
  for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(intermediates.get(), chain[i].handle());

  require(X509_STORE_CTX_init(context.get(), store.get(), chain.front().handle(), intermediates.get()) == 1,
          "can't verify");
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(options.at.time_since_epoch().count()));
  if (!options.crls.empty()) {
    for (const Crl& crl : options.crls) X509_STORE_add_crl(store.get(), crl.handle());
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_CRL_CHECK);
  }
  if (purpose != 0) X509_VERIFY_PARAM_set_purpose(parameters, purpose);
  X509_STORE_CTX_set_app_data(context.get(), &findings);
  X509_STORE_CTX_set_verify_cb(context.get(), collect);
  const int result = X509_verify_cert(context.get());
  ERR_clear_error();
  if (result != 1 && !has_errors(findings)) {
    const int error = X509_STORE_CTX_get_error(context.get());
    findings.push_back({Severity::kError, code_of(error), text_of(error, chain.front().handle())});
  }
}

bool names_host(const Certificate& leaf, const std::string& host) {
  if (!ip_bytes(host).empty()) return X509_check_ip_asc(leaf.handle(), host.c_str(), 0) == 1;
  constexpr unsigned kFlags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  return X509_check_host(leaf.handle(), host.data(), host.size(), kFlags, nullptr) == 1;
}

void verify_host(const Certificate& leaf, const std::string& host, Findings& findings) {
  const bool found = names_host(leaf, host);
  ERR_clear_error();
  if (found) return;
  std::string names;
  for (const SubjectAltName& name : leaf.subject_alt_names())
    names += (names.empty() ? "" : ", ") + name.value;
  findings.push_back({Severity::kError, "name_mismatch",
                      "the certificate is not for " + host +
                          (names.empty() ? "; it names nothing" : "; it is for " + names)});
}

std::vector<int> purposes_of(const std::optional<Profile>& profile) {
  if (!profile) return {0};
  std::vector<int> purposes;
  if (serves(*profile)) purposes.push_back(X509_PURPOSE_SSL_SERVER);
  if (dials(*profile)) purposes.push_back(X509_PURPOSE_SSL_CLIENT);
  return purposes;
}

}  // namespace

Findings verify_chain(const CertificateChain& chain, const std::vector<Certificate>& roots,
                      const VerifyOptions& options) {
  if (chain.empty()) return {{Severity::kError, "invalid", "there is no certificate"}};
  Findings findings;
  for (const int purpose : purposes_of(options.purpose)) {
    Findings seen;
    verify_path(chain, roots, purpose, options, seen);
    for (Finding& finding : seen) {
      const bool known = std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
        return other.code == finding.code && other.text == finding.text;
      });
      if (!known) findings.push_back(std::move(finding));
    }
  }
  if (options.host) verify_host(chain.front(), *options.host, findings);
  return findings;
}

Findings verify_order(const CertificateChain& chain) {
  Findings findings;
  for (size_t i = 1; i < chain.size(); ++i) {
    if (!chain[i].issued(chain[i - 1])) {
      findings.push_back({Severity::kError, "chain_order",
                          "certificate " + std::to_string(i + 1) + " of the chain (" + chain[i].subject() +
                              ") did not issue the one before it (" + chain[i - 1].subject() +
                              "); put the leaf first, then each issuer"});
    }
  }
  return findings;
}

Findings verify_pair(const CertificateChain& chain, const PrivateKey& key) {
  Findings findings;
  if (chain.empty() || !chain.front().matches(key)) {
    findings.push_back({Severity::kError, "key_mismatch", "the private key does not match the certificate"});
  }
  for (Finding& finding : verify_order(chain)) findings.push_back(std::move(finding));
  return findings;
}

Findings assess_strength(const CertificateChain& chain) {
  Findings findings;
  for (size_t i = 0; i < chain.size(); ++i) {
    const std::string who = "certificate of " + chain[i].subject();
    EVP_PKEY* key = X509_get0_pubkey(chain[i].handle());
    if (key == nullptr) {
      ERR_clear_error();
      findings.push_back({Severity::kError, "unknown_key", "the key of the " + who + " can't be used"});
      continue;
    }
    const int bits = EVP_PKEY_get_bits(key);
    if ((EVP_PKEY_is_a(key, "RSA") == 1 && bits < 2048) || (EVP_PKEY_is_a(key, "EC") == 1 && bits < 256)) {
      findings.push_back(
          {Severity::kError, "weak_key", "the key of the " + who + " is weak: " + describe_key(key)});
    }
    int digest = NID_undef;
    X509_get_signature_info(chain[i].handle(), &digest, nullptr, nullptr, nullptr);
    if (!chain[i].is_self_issued() && (digest == NID_md5 || digest == NID_sha1)) {
      findings.push_back(
          {Severity::kError, "weak_signature",
           "the signature of the " + who + " uses " + OBJ_nid2sn(digest) + ", which can be forged"});
    }
    if (i > 0 && chain[i].is_ca() && chain[i].allows_server_auth() && !chain[i].allows_client_auth()) {
      findings.push_back({Severity::kWarning, "serving_only_ca",
                          "the CA " + chain[i].subject() +
                              " certifies servers only: a server with this certificate can't be a client "
                              "(replication, cluster bus); give it another pair in tls-client-cert-file"});
    }
  }
  return findings;
}

}  // namespace pki
