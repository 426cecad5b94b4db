#pragma once

#include <string>

#include "base/error.h"
#include "vault/messages.h"
#include "vault/pki_engine.h"

namespace vault {

// Vault's words, and what to do about them, where they are known.
base::Error explain(const Refusal& refusal, const EngineOptions& engine);

}  // namespace vault
