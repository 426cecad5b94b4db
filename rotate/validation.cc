#include "rotate/validation.h"

#include <algorithm>

#include "pki/chain_verifier.h"

namespace rotate {
namespace {

void append(pki::Findings& findings, pki::Findings more) {
  std::move(more.begin(), more.end(), std::back_inserter(findings));
}

pki::Findings names_lost(const pki::Certificate& old_leaf, const pki::Certificate& leaf) {
  pki::Findings findings;
  const auto names = leaf.subject_alt_names();
  for (const auto& name : old_leaf.subject_alt_names()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    findings.push_back({pki::Severity::kError, "name_lost",
                        "the new certificate lacks " + to_string(name) + ", which the old one has"});
  }
  return findings;
}

}  // namespace

pki::Findings validate_generation(const pki::Lineage& lineage, int generation,
                                  const Expectations& expectations, base::Time now) {
  const auto chain = lineage.chain(generation);
  pki::Findings findings = pki::verify_pair(chain, lineage.key(generation));
  append(findings, pki::verify_chain(chain, lineage.roots(generation),
                                     {.purpose = lineage.settings().profile, .host = {}, .at = now}));
  for (const std::string& host : expectations.hosts) {
    const auto seen =
        pki::verify_chain(chain, lineage.roots(generation), {.purpose = {}, .host = host, .at = now});
    std::copy_if(seen.begin(), seen.end(), std::back_inserter(findings),
                 [](const pki::Finding& finding) { return finding.code == "name_mismatch"; });
  }
  if (expectations.old_leaf) append(findings, names_lost(*expectations.old_leaf, chain.front()));
  return findings;
}

}  // namespace rotate
