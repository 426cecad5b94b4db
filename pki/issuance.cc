#include "pki/issuance.h"

#include "base/error.h"

namespace pki {

PrivateKey next_key(const Lineage& lineage, KeyGenerator& generator) {
  const auto latest = lineage.latest();
  if (lineage.settings().reuse_key && latest) return lineage.key(*latest);
  return generator.generate(lineage.settings().key_type);
}

namespace {

std::optional<Certificate> latest_leaf(const Lineage& lineage) {
  const auto latest = lineage.latest();
  return latest ? std::optional(lineage.chain(*latest).front()) : std::nullopt;
}

}  // namespace

int issue_generation(const Lineage& lineage, Issuer& issuer, const base::Clock& clock) {
  const LineageSettings& settings = lineage.settings();
  KeyGenerator generator;
  const CertificateOrder order{lineage.name(),      settings.profile,
                               settings.subject,    settings.subject_alt_names,
                               settings.lifetime,   next_key(lineage, generator),
                               latest_leaf(lineage)};
  const IssuedCertificate issued = issuer.issue(order);
  const Findings findings = check_answer(order, issued, clock.now());
  if (has_errors(findings)) {
    throw base::Error(
        base::ErrorKind::kRefused,
        "the certificate that the issuer returned is not what was asked for: " + describe_errors(findings));
  }
  const int generation = lineage.add(issued);
  if (issued.on_stored) issued.on_stored();
  return generation;
}

}  // namespace pki
