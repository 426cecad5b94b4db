#pragma once

#include "base/clock.h"
#include "base/secret.h"
#include "pki/authority.h"
#include "pki/crl.h"
#include "pki/home.h"
#include "pki/issuer.h"
#include "pki/ledger.h"

namespace pki {

// The list of all that is revoked, with the next number; it holds for `lifetime` from now on.
Crl make_crl(const Authority& signer, Ledger& ledger, std::chrono::seconds lifetime,
             const base::Clock& clock);

// Issues from the home's own CA; every certificate is in the ledger before it leaves.
class LocalIssuer : public Issuer {
 public:
  LocalIssuer(const Home& home, const base::Secret& passphrase, const base::Clock& clock)
      : authority_(Authority::open(home, passphrase)), ledger_(home.ledger()), clock_(clock) {}

  IssuedCertificate issue(const CertificateOrder& order) override;

  // The same for a bare public key: the chain, which keeps to the CA's name constraints. Throws
  // Error(kRefused).
  CertificateChain sign(CertificateTemplate wanted, std::chrono::seconds lifetime, EVP_PKEY* public_key,
                        const std::string& lineage = "");

  // The same for a batch: without the record, which must be made before the certificate leaves, and with a
  // leaf that is for writing (see sign_for_writing). Safe for several threads at once.
  CertificateChain sign_unrecorded(CertificateTemplate wanted, std::chrono::seconds lifetime,
                                   EVP_PKEY* public_key) const;

  Crl make_crl(std::chrono::seconds lifetime) { return pki::make_crl(authority_, ledger_, lifetime, clock_); }

  const Authority& authority() const { return authority_; }
  Ledger& ledger() { return ledger_; }

 private:
  Authority authority_;
  Ledger ledger_;
  const base::Clock& clock_;
};

}  // namespace pki
