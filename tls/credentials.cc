#include "tls/credentials.h"

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "pki/chain_verifier.h"

namespace tls {
namespace {

using base::Error;
using base::ErrorKind;

[[noreturn]] void refuse(const pki::Certificate& certificate, const std::string& reason) {
  throw Error(ErrorKind::kInvalid, "the certificate of " + certificate.subject() + " " + reason);
}

}  // namespace

Credentials parse_credentials(std::string_view certificate, const std::string& certificate_name,
                              const base::Secret& key, const std::string& key_name,
                              const base::Secret& key_passphrase) {
  auto chain = pki::parse_certificates(certificate, certificate_name);
  auto private_key = pki::PrivateKey::from_pem(key, key_passphrase, key_name);
  const auto findings = pki::verify_pair(chain, private_key);
  if (pki::has_errors(findings)) {
    throw Error(ErrorKind::kInvalid,
                certificate_name + " and " + key_name + ": " + pki::describe_errors(findings));
  }
  return {std::move(chain), std::move(private_key)};
}

Credentials load_credentials(const std::filesystem::path& certificate_file,
                             const std::filesystem::path& key_file, const base::Secret& key_passphrase) {
  const std::string certificate = base::read_file(certificate_file);
  const base::Secret key = base::read_secret_file(key_file);
  return parse_credentials(certificate, certificate_file.native(), key, key_file.native(), key_passphrase);
}

void require_usable(const Credentials& credentials, pki::Profile purpose, base::Time now) {
  for (const pki::Certificate& certificate : credentials.chain) {
    if (certificate.not_after() < now) {
      refuse(certificate, "expired at " + base::format_timestamp(certificate.not_after()));
    }
    if (certificate.not_before() > now) {
      refuse(certificate, "is not valid before " + base::format_timestamp(certificate.not_before()));
    }
    if (pki::serves(purpose) && !certificate.allows_server_auth()) {
      refuse(certificate, "may not be used by a server (extended key usage)");
    }
    if (pki::dials(purpose) && !certificate.allows_client_auth()) {
      refuse(certificate, "may not be used by a client (extended key usage)");
    }
  }
}

}  // namespace tls
