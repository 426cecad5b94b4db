#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "pki/certificate.h"
#include "tls/context.h"

namespace server {

// One of the active certificates. Immutable while it is active, but for a context with a new chain or trust.
struct CertificateSlot {
  uint64_t number;  // 1 for the first certificate that the server ever had, 2 for the next, …
  pki::Certificate leaf;
  std::string sha256;  // of the leaf: its identity
  std::shared_ptr<const tls::Context> context;
};

// The two-certificate rule of the 2017 Redis Change Proposal as a data structure: a current certificate for
// new connections and the previous one, which established connections may still use; never a third. It knows
// slots, not connections: its user ends those of the slot that superseded_by() names before install().
class CertificateSlots {
 public:
  const std::optional<CertificateSlot>& current() const { return current_; }
  const std::optional<CertificateSlot>& previous() const { return previous_; }

  // The number of the slot that loses its place when this leaf is installed. None when the leaf holds a slot
  // already (going back to the previous certificate evicts nobody), or a place is free.
  std::optional<uint64_t> superseded_by(const pki::Certificate& leaf) const;

  // Makes the leaf current. One that holds a slot keeps its number and gets the new context.
  void install(const pki::Certificate& leaf, std::shared_ptr<const tls::Context> context);

 private:
  std::optional<CertificateSlot> current_;
  std::optional<CertificateSlot> previous_;
  uint64_t last_number_ = 0;
};

}  // namespace server
