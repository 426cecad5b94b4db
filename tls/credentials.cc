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

Credentials load_credentials(const std::filesystem::path& certificate_file,
                             const std::filesystem::path& key_file, const base::Secret& key_passphrase) {
  auto chain = pki::parse_certificates(base::read_file(certificate_file), certificate_file.native());
  auto key = pki::PrivateKey::from_pem(base::read_secret_file(key_file), key_passphrase, key_file.native());
  const auto findings = pki::verify_pair(chain, key);
  if (pki::has_errors(findings)) {
    throw Error(ErrorKind::kInvalid, certificate_file.native() + " and " + key_file.native() + ": " +
                                         pki::describe_errors(findings));
  }
  return {std::move(chain), std::move(key)};
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
