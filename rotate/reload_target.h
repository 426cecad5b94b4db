#pragma once

#include <optional>
#include <string>

#include "pki/certificate.h"
#include "redis/tls_settings.h"

namespace rotate {

// A target while it is rotated. Its connection is opened before anything is swapped and stays open, because
// it still works when a bad reload locks out every new one. All throw Error.
class ReloadTarget {
 public:
  virtual ~ReloadTarget() = default;

  virtual const std::string& address() const = 0;

  // The name or address that clients verify; empty for a target without one.
  virtual const std::string& host() const = 0;

  // The pair that it is set to read, when it was connected.
  virtual const redis::CertificatePaths& paths() const = 0;

  // The leaf that it served when it was connected.
  virtual const std::optional<pki::Certificate>& served() const = 0;

  // Makes it read the pair at these paths, over the connection that is open.
  virtual void reload(const redis::CertificatePaths& paths) = 0;

  // Writes changed paths to its own configuration file, if it has one.
  virtual void persist() = 0;

  // A new connection, a full handshake, the leaf's identity, chain and name, then PING.
  virtual void prove(const pki::Certificate& leaf) = 0;
};

}  // namespace rotate
