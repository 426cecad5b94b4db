#pragma once

#include <string>
#include <vector>

#include "tls/socket.h"

namespace tls {

// All addresses of a host, as numbers, in the system's order and without repeats; of an address, itself.
// Waits no longer than the deadline, whatever the system's resolver does. Throws Error(kUnreachable,
// kTimeout).
std::vector<std::string> resolve(const std::string& host, Deadline deadline);

}  // namespace tls
