#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pki/certificate.h"
#include "pki/finding.h"
#include "pki/home.h"
#include "redis/connection.h"

namespace check {

// Certificates that were found together, in the order in which they were found.
struct Observation {
  std::string source;           // a path, "lineage redis-1", an address
  pki::CertificateChain chain;  // leaf first where there is a leaf
  pki::Findings findings;       // what is wrong beyond dates: pair, chain, name
  std::string failure;          // why nothing could be seen; then the chain is empty
};

struct SourceOptions {
  std::filesystem::path ca;  // what live endpoints are verified with; empty for the home's root
  std::chrono::milliseconds timeout{5'000};
};

// Looks at one target of the command line: a lineage's `current`, an endpoint, a file, or a directory with
// all below it (in a home, only what is current). What can't be read is an observation with a failure.
std::vector<Observation> observe(const std::string& target, const pki::Home& home,
                                 const SourceOptions& options, const base::Clock& clock);

}  // namespace check
