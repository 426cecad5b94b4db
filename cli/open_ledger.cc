#include "cli/open_ledger.h"

#include "base/error.h"

namespace cli {

pki::Ledger open_ledger(const pki::Home& home) {
  if (!std::filesystem::exists(home.ledger())) {
    throw base::Error(
        base::ErrorKind::kNotFound,
        home.root().native() + ": there is no PKI; make one with 'redis-pki init', or name it with --home");
  }
  return pki::Ledger(home.ledger());
}

}  // namespace cli
