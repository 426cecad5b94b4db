#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "pki/certificate.h"
#include "pki/ledger.h"
#include "pki/openssl_ptr.h"

namespace pki {

// A certificate revocation list (RFC 5280, 5). Immutable; copies share it.
class Crl {
 public:
  explicit Crl(OpenSslPtr<X509_CRL> crl);

  std::string to_pem() const;
  std::string issuer() const;  // in words
  DistinguishedName issuer_name() const;
  base::Time this_update() const;
  std::optional<base::Time> next_update() const;
  std::optional<std::string> number() const;  // decimal
  std::vector<std::string> serials() const;   // revoked ones, lower-case hex

  bool is_signed_by(const Certificate& ca) const;

  // Whether this is the list of its issuer, and it is on it.
  bool revokes(const Certificate& certificate) const;

  X509_CRL* handle() const { return crl_.get(); }

 private:
  std::shared_ptr<X509_CRL> crl_;
};

// All CRLs of a PEM text. Throws Error(kInvalid) when there is none or one can't be read.
std::vector<Crl> parse_crls(std::string_view pem, std::string_view origin);

// What a CRL is to say.
struct CrlTemplate {
  long long number = 0;
  base::Time this_update;
  base::Time next_update;
  std::vector<LedgerEntry> revoked;  // entries with a revocation
};

// Version 2, with AKI, CRL number and, where there is one, the reason of each entry.
Crl sign_crl(const CrlTemplate& wanted, const Certificate& issuer, const PrivateKey& issuer_key);

}  // namespace pki
