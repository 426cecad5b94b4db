#include "pki/local_issuer.h"

#include "base/error.h"
#include "pki/chain_verifier.h"

namespace pki {

IssuedCertificate LocalIssuer::issue(const CertificateOrder& order) {
  CertificateTemplate wanted;
  wanted.subject = order.subject;
  wanted.subject_alt_names = order.subject_alt_names;
  wanted.profile = order.profile;
  return {order.key, sign(std::move(wanted), order.lifetime, order.key.handle(), order.lineage),
          authority_.roots()};
}

CertificateChain LocalIssuer::sign(CertificateTemplate wanted, std::chrono::seconds lifetime,
                                   EVP_PKEY* public_key, const std::string& lineage) {
  const Profile profile = *wanted.profile;
  CertificateChain chain = sign_unrecorded(std::move(wanted), lifetime, public_key);
  chain.front() = chain.front().read_again();
  const Findings findings = verify_chain(chain, authority_.roots(),
                                         {.purpose = profile, .host = {}, .at = clock_.now(), .crls = {}});
  if (has_errors(findings)) {
    throw base::Error(base::ErrorKind::kRefused, "the CA may not certify this: " + describe_errors(findings));
  }
  ledger_.record(chain.front(), lineage, std::string(to_string(profile)));
  return chain;
}

Crl make_crl(const Authority& signer, Ledger& ledger, std::chrono::seconds lifetime,
             const base::Clock& clock) {
  CrlTemplate wanted;
  wanted.this_update = clock.now();
  wanted.next_update = clock.now() + lifetime;
  LedgerFilter filter;
  filter.revoked_only = true;
  wanted.revoked = ledger.list(filter);
  wanted.number = ledger.next_crl_number();
  return signer.sign(wanted);
}

CertificateChain LocalIssuer::sign_unrecorded(CertificateTemplate wanted, std::chrono::seconds lifetime,
                                              EVP_PKEY* public_key) const {
  CertificateChain chain{authority_.sign(std::move(wanted), lifetime, public_key, clock_)};
  chain.insert(chain.end(), authority_.intermediates().begin(), authority_.intermediates().end());
  return chain;
}

}  // namespace pki
