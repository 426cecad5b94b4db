#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pki/finding.h"
#include "pki/lineage.h"

namespace rotate {

// What a new certificate must keep of the old one.
struct Expectations {
  std::optional<pki::Certificate> old_leaf;
  std::vector<std::string> hosts;  // the names that the targets are verified by
};

// Everything that can be said against putting this generation into service, before anything is changed: pair,
// chain, dates, purposes, and names that clients rely on.
pki::Findings validate_generation(const pki::Lineage& lineage, int generation,
                                  const Expectations& expectations, base::Time now);

}  // namespace rotate
