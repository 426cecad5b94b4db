#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "check/observation.h"
#include "tls/address.h"
#include "tls/credentials.h"

namespace check {

// A live server, and how it is met.
struct Endpoint {
  std::string name;  // as it was given
  tls::HostPort address;
  std::vector<pki::Certificate> roots;     // what it is verified with
  std::optional<tls::Credentials> client;  // what we show when it asks; nothing: no certificate
  std::string server_name;                 // to ask for and to verify instead of the host; empty for the host
  std::chrono::milliseconds timeout{5'000};
};

// What each of them shows, in their order. All are met at once, so that the time is bounded by the timeouts
// and not by their number. Every address of a name is met; where not all show the same chain, each is an
// observation.
std::vector<std::vector<Observation>> observe_endpoints(const std::vector<Endpoint>& endpoints,
                                                        const base::Clock& clock);

}  // namespace check
