#pragma once

#include <memory>

#include "base/clock.h"
#include "pki/certificate.h"
#include "server/config.h"
#include "tls/context.h"

namespace server {

// A certificate that has passed every check and could take a slot now.
struct LoadedCertificate {
  pki::Certificate leaf;
  std::shared_ptr<const tls::Context> context;
};

// Reads the files that the configuration names, checks all (the pair, the chain's order, dates, usages, the
// client roots) and handshakes with the result in memory. Throws Error with the reason; nothing is changed.
LoadedCertificate load_certificate(const Config& config, const base::Clock& clock);

}  // namespace server
