#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "pki/authority_change.h"
#include "pki/home.h"
#include "pki/lineage.h"
#include "rotate/client_list.h"
#include "rotate/rotation.h"
#include "rotate/trust_change.h"

namespace rotate {

// What the change of a CA needs from outside.
struct CaRotationContext {
  const base::Clock& clock;
  const base::Secret& passphrase;  // of the CA's keys, old and new
  std::function<pki::Lineage(const std::string&)> open;
  std::function<bool(const pki::LineageSettings&)> is_local;
  // For one lineage; asked for a new one in each phase, as another CA signs then.
  std::function<RotationContext(const pki::Lineage&)> rotation;
  std::function<void(const std::string&)> tell;
};

struct CaRotationResult {
  Outcome outcome = Outcome::kRotated;
  std::string reason;  // why it is not kRotated
};

// A client that was connected before the certificates were issued anew.
struct OldClient {
  std::string target;
  ListedClient client;
};

// Puts a new CA in the place of the old one for all lineages of a home and their targets, in three phases.
// Each can be run again, does what is still to be done, and proves all. Throws Error when nothing was begun.
class CaRotation {
 public:
  CaRotation(const pki::Home& home, CaRotationContext context) : home_(home), context_(std::move(context)) {}

  // Everything that verifies trusts both CAs: proved by clients of both.
  CaRotationResult trust(const pki::NextAuthorityOptions& options);

  // The new CA signs, and all lineages have a certificate of it.
  CaRotationResult reissue();

  // The old CA is trusted no more: proved by a client of it. Throws Error(kRefused) while something still
  // presents or needs a certificate of it.
  CaRotationResult retire(bool ignores_old_clients);

  // Takes back what the last phase did, or has begun to do.
  CaRotationResult undo();

  // What stands against retiring the old CA, one thing a line; empty when nothing does.
  std::vector<std::string> obstacles() const;
  std::vector<OldClient> old_clients() const;

 private:
  enum class Trusted { kOld, kBoth, kNext };

  pki::AuthorityChange require_phase(pki::ChangePhase phase) const;
  std::vector<pki::Lineage> lineages() const;
  pki::AuthorityPaths next_authority() const;
  std::vector<pki::Certificate> roots(Trusted trusted) const;
  TrustChange trust_change(Trusted trusted) const;
  tls::Credentials probe(const pki::AuthorityPaths& authority) const;
  std::optional<tls::Credentials> probe_of_old() const;
  void write_crls(Trusted trusted) const;
  void add_roots(const pki::Lineage& lineage, const std::vector<pki::Certificate>& roots) const;
  CaRotationResult establish(Trusted trusted) const;
  CaRotationResult reissue_from(const pki::AuthorityPaths& authority) const;
  CaRotationResult rotate(const pki::Lineage& lineage, const RotationOptions& options) const;
  std::vector<std::string> signed_for_others(const pki::AuthorityChange& change) const;

  const pki::Home& home_;
  CaRotationContext context_;
};

}  // namespace rotate
