#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pki/finding.h"
#include "pki/lineage.h"
#include "rotate/process_user.h"

namespace rotate {

// What a new certificate must keep up at one target.
struct Expectations {
  std::optional<pki::Certificate> old_leaf;  // whose names it must have
  std::string host;                          // the name that clients verify; empty for none
  std::vector<pki::Certificate> roots;       // what they verify it with; empty for the lineage's own
  bool dials_out = false;                    // the server shows it to other servers too
  std::optional<ProcessUser> reader;         // who reads the lineage's own files
};

// Everything that can be said against a generation before anything is changed: pair, chain, dates, purposes,
// and what each target expects.
pki::Findings validate_generation(const pki::Lineage& lineage, int generation,
                                  const std::vector<Expectations>& expectations, base::Time now);

}  // namespace rotate
