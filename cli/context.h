#pragma once

#include <iosfwd>

#include "base/clock.h"

namespace cli {

// The world outside of a run: results go to `out`, everything else to `err`.
struct Context {
  std::ostream& out;
  std::ostream& err;
  const base::Clock& clock;
};

}  // namespace cli
