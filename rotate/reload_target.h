#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pki/certificate.h"
#include "redis/tls_settings.h"
#include "rotate/client_list.h"
#include "rotate/process_user.h"
#include "rotate/trust_change.h"
#include "tls/credentials.h"

namespace rotate {

// A point between two connections in the life of a server: those with a lower id were there before.
struct Mark {
  std::string run_id;  // of the server's process; empty for no mark
  uint64_t client_id = 0;

  bool operator==(const Mark&) const = default;
};

// What a target must be seen to do.
struct Proof {
  std::string leaf;                            // SHA-256 of what it serves
  bool may_be_expired = false;                 // as what it served before
  const tls::Credentials* dials_as = nullptr;  // what it shows where it dials out, when that has changed
};

// In the order in which they are rotated: what others depend on comes last.
enum class Role { kReplica, kMaster, kSentinel };

// A target while it is rotated. Its connection is opened before anything is swapped and stays open, because
// it still works when a bad reload locks out every new one. All throw Error.
class ReloadTarget {
 public:
  virtual ~ReloadTarget() = default;

  virtual const std::string& address() const = 0;

  // The name or address that clients verify; empty for a target without one.
  virtual const std::string& host() const = 0;

  // What clients verify it with.
  virtual const std::vector<pki::Certificate>& roots() const = 0;

  virtual Role role() const = 0;

  // Changes with each start of its process; empty when it doesn't tell.
  virtual const std::string& run_id() const = 0;

  // The addresses of the other servers that it knows of and takes for alive.
  virtual std::vector<std::string> peers() = 0;

  // False for one that must be restarted to read its files, and that nobody has told us how to restart.
  virtual bool can_reload() const { return true; }

  // As they were when it was connected: the files that it is set to read, whether it dials others with TLS,
  // and the leaf that it served.
  virtual const redis::TlsSettings& settings() const = 0;
  virtual const std::optional<pki::Certificate>& served() const = 0;

  // Who must be able to read the key; nothing when that can't be seen from here.
  virtual std::optional<ProcessUser> user() const = 0;

  // Throws Error(kRefused) when reload() couldn't do it.
  virtual void require_reloadable(const redis::TlsFiles& files) const = 0;

  // Now. No mark for a server that has no such ids.
  virtual Mark mark() = 0;

  // Makes it read these files, over the connection that is open.
  virtual void reload(const redis::TlsFiles& files) = 0;

  // Writes changed paths to its own configuration file, if it has one.
  virtual void persist() = 0;

  // A new connection, a full handshake, the leaf's identity, chain and name, then PING; where it dials
  // others, a handshake there with what it shows; and its links to the others are as good as when it was
  // connected.
  virtual void prove(const Proof& proof) = 0;

  // New connections as these clients: whether they are let in, and kept out.
  virtual void prove_trust(const TrustChange& change) = 0;

  // Who is connected over TLS, but for other servers and us.
  virtual std::vector<ListedClient> clients() = 0;

  // Ends the clients' connections that were there before the mark, gently, and returns their number.
  virtual size_t drop_older_than(const Mark& mark) = 0;
};

}  // namespace rotate
