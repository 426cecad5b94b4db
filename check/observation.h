#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/secret.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "pki/finding.h"

namespace check {

// What was found in one place.
struct Observation {
  enum class Kind { kFile, kSecret, kLineage, kEndpoint };

  Kind kind = Kind::kFile;
  std::string source;           // as it is shown: a path, "lineage redis-1", an address
  std::filesystem::path path;   // the file that it is in; empty for an endpoint
  pki::CertificateChain chain;  // in the order in which it was found
  std::vector<pki::Crl> crls;
  pki::Findings findings;  // what is wrong beyond dates: pair, chain, name, permissions
  std::string failure;     // why it can't be judged; then it is unknown
};

// What files and chains are judged with.
struct FileOptions {
  std::vector<pki::Certificate> roots;  // chains in files must verify with these; none: not asked
  base::Secret passphrase;              // of keystores and encrypted keys; empty for none
  base::Time now;
};

void append(pki::Findings& findings, pki::Findings more);

// Without those about dates, which are judged by thresholds.
pki::Findings without_dates(pki::Findings findings);

}  // namespace check
