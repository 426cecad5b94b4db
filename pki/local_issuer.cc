#include "pki/local_issuer.h"

namespace pki {

IssuedCertificate LocalIssuer::issue(const CertificateOrder& order) {
  CertificateTemplate wanted;
  wanted.subject = order.subject;
  wanted.subject_alt_names = order.subject_alt_names;
  wanted.profile = order.profile;
  const Certificate leaf = authority_.sign(std::move(wanted), order.lifetime, order.key.handle(), clock_);
  ledger_.record(leaf, order.lineage, std::string(to_string(order.profile)));

  CertificateChain chain{leaf};
  chain.insert(chain.end(), authority_.intermediates().begin(), authority_.intermediates().end());
  return {order.key, std::move(chain), authority_.roots()};
}

}  // namespace pki
