#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "rotate/reload_target.h"
#include "rotate/way_in.h"

namespace rotate {

// Connects, and finds out what answers: a server or a Sentinel, which `restart_command` restarts. Throws
// Error.
std::unique_ptr<ReloadTarget> open_target(WayIn way, const std::string& restart_command,
                                          const base::Clock& clock);

}  // namespace rotate
