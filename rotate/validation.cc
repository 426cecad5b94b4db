#include "rotate/validation.h"

#include <algorithm>

#include "pki/chain_verifier.h"

namespace rotate {
namespace {

using pki::Finding;
using pki::Findings;

void append(Findings& findings, const Findings& more) {
  for (const Finding& finding : more) {
    const bool is_known = std::any_of(findings.begin(), findings.end(), [&](const Finding& known) {
      return known.code == finding.code && known.text == finding.text;
    });
    if (!is_known) findings.push_back(finding);
  }
}

Findings names_lost(const pki::Certificate& old_leaf, const pki::Certificate& leaf) {
  Findings findings;
  const auto names = leaf.subject_alt_names();
  for (const auto& name : old_leaf.subject_alt_names()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    findings.push_back({pki::Severity::kError, "name_lost",
                        "the new certificate lacks " + to_string(name) + ", which the old one has"});
  }
  return findings;
}

// A server that shows its certificate to others too must stay able to: as the leaf, so all above it. Where it
// isn't now, nothing gets worse.
Findings usage_lacked(const pki::CertificateChain& chain, const std::vector<pki::Certificate>& roots,
                      bool was_allowed, base::Time now) {
  const auto seen =
      pki::verify_chain(chain, roots, {.purpose = pki::Profile::kClient, .host = {}, .at = now});
  for (const Finding& finding : seen) {
    if (finding.code != "wrong_purpose") continue;
    if (was_allowed) {
      return {
          {pki::Severity::kError, "usage_lost",
           "the server also dials others with it (tls-replication, tls-cluster), as the old one allowed: " +
               finding.text + "; issue it as 'peer'"}};
    }
    return {
        {pki::Severity::kWarning, "usage_lacked",
         "the server also dials others with it (tls-replication, tls-cluster), and they will refuse it: " +
             finding.text +
             "; issue it as 'peer', or give it a client pair of the home's own CA in "
             "tls-client-cert-file ('redis-pki issue client NAME')"}};
  }
  return {};
}

Findings unreadable(const pki::Lineage& lineage, int generation, const ProcessUser& reader) {
  const auto key = lineage.paths().generation(generation).key();
  if (may_read(reader, key)) return {};
  return {{pki::Severity::kError, "key_unreadable",
           key.native() + " can't be read by " + name_of(reader) +
               ", as which the server runs; give it to that user with 'redis-pki issue … --owner " +
               name_of(reader) + "'"}};
}

}  // namespace

Findings validate_generation(const pki::Lineage& lineage, int generation,
                             const std::vector<Expectations>& expectations, base::Time now) {
  const auto chain = lineage.chain(generation);
  const auto roots = lineage.roots(generation);
  Findings findings = pki::verify_pair(chain, lineage.key(generation));
  append(findings,
         pki::verify_chain(chain, roots, {.purpose = lineage.settings().profile, .host = {}, .at = now}));
  for (const Expectations& expected : expectations) {
    const auto host = expected.host.empty() ? std::nullopt : std::optional(expected.host);
    append(findings, pki::verify_chain(chain, expected.roots.empty() ? roots : expected.roots,
                                       {.purpose = {}, .host = host, .at = now}));
    if (expected.old_leaf) append(findings, names_lost(*expected.old_leaf, chain.front()));
    const bool was_allowed = expected.old_leaf && expected.old_leaf->allows_client_auth();
    if (expected.dials_out) append(findings, usage_lacked(chain, roots, was_allowed, now));
    if (expected.reader) append(findings, unreadable(lineage, generation, *expected.reader));
  }
  return findings;
}

}  // namespace rotate
