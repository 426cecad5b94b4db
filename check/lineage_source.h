#pragma once

#include <vector>

#include "base/clock.h"
#include "check/observation.h"
#include "pki/home.h"

namespace check {

// What is current in a lineage: its chain, its key, and whether it is fit for its profile.
Observation observe_lineage(const std::string& name, const pki::Home& home, base::Time now);

// All that is current in a home: the CA, whom it trusts, its CRL, its lineages.
std::vector<Observation> observe_home(const pki::Home& home, const FileOptions& options);

}  // namespace check
