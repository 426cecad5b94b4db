#include "pki/issuer.h"

#include <algorithm>

#include "base/error.h"
#include "pki/chain_verifier.h"

namespace pki {

std::vector<Certificate> take_root(CertificateChain& chain, const std::vector<Certificate>& trusted) {
  for (auto last = chain.rbegin(); last != chain.rend(); ++last) {
    for (const Certificate& root : trusted) {
      if (root != *last && !root.issued(*last)) continue;
      std::vector<Certificate> roots = {root};
      while (chain.size() > 1 && chain.back() == root) chain.pop_back();
      return roots;
    }
  }
  throw base::Error(base::ErrorKind::kRefused,
                    "the CA's chain ends at " + chain.back().issuer() +
                        ", which nothing here trusts; name its root with --trust FILE");
}

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
