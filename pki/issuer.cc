#include "pki/issuer.h"

#include <algorithm>

#include "pki/chain_verifier.h"

namespace pki {

Findings check_answer(const CertificateOrder& order, const IssuedCertificate& issued, base::Time now) {
  Findings findings = verify_pair(issued.chain, issued.key);
  if (issued.chain.empty()) return findings;

  const auto path =
      verify_chain(issued.chain, issued.roots, {.purpose = order.profile, .host = {}, .at = now});
  findings.insert(findings.end(), path.begin(), path.end());

  const auto names = issued.chain.front().subject_alt_names();
  for (const SubjectAltName& wanted : order.subject_alt_names) {
    if (std::find(names.begin(), names.end(), wanted) == names.end()) {
      findings.push_back(
          {Severity::kError, "missing_name", "the certificate lacks the name " + to_string(wanted)});
    }
  }
  return findings;
}

}  // namespace pki
