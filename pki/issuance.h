#pragma once

#include "base/clock.h"
#include "pki/issuer.h"
#include "pki/lineage.h"

namespace pki {

// Asks the issuer for what the lineage's settings say, checks the answer, and adds it as a generation, whose
// number is returned. `current` stays where it is. Throws Error; then there is no new generation.
int issue_generation(const Lineage& lineage, Issuer& issuer, const base::Clock& clock);

// The key of the lineage's next generation: a new one, or the last one's when the settings say so.
PrivateKey next_key(const Lineage& lineage, KeyGenerator& generator);

}  // namespace pki
