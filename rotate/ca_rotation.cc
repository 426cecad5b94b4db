#include "rotate/ca_rotation.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "pki/issuance.h"
#include "pki/ledger.h"
#include "rotate/target_store.h"

namespace rotate {
namespace fs = std::filesystem;
namespace {

using base::Error;
using base::ErrorKind;
using pki::AuthorityChange;
using pki::ChangePhase;
using pki::Tier;

constexpr std::chrono::minutes kProbeLifetime{10};

bool issued_any(const std::vector<pki::Certificate>& authorities, const pki::Certificate& leaf) {
  return std::any_of(authorities.begin(), authorities.end(),
                     [&](const pki::Certificate& authority) { return authority.issued(leaf); });
}

// What counts of a lineage: its latest generation, unless that was taken back.
int generation_in_service(const pki::Lineage& lineage) {
  const int latest = lineage.latest().value_or(0);
  const TargetStore targets(lineage.paths().targets());
  return latest <= targets.withdrawn() ? lineage.current().value_or(latest) : latest;
}

std::vector<TargetState> targets_of(const pki::Lineage& lineage) {
  return TargetStore(lineage.paths().targets()).states();
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

std::string describe(const OldClient& old) {
  const auto& [target, client] = old;
  return client.address + (client.name.empty() ? "" : " '" + client.name + "'") +
         (client.user.empty() ? "" : " (user " + client.user + ")") + " at " + target;
}

void require_no_old_clients(const std::vector<OldClient>& clients) {
  if (clients.empty()) return;
  std::vector<std::string> lines;
  for (const OldClient& client : clients) lines.push_back(describe(client));
  throw Error(
      ErrorKind::kRefused,
      std::to_string(clients.size()) + (clients.size() == 1 ? " client was" : " clients were") +
          " connected before the certificates were issued anew, and may come back with one of the old "
          "CA; let them connect anew, or say --ignore-clients: " +
          joined(lines));
}

}  // namespace

CaRotationResult CaRotation::trust(const pki::NextAuthorityOptions& options) {
  const auto begun = pki::read_authority_change(home_);
  if (!begun || begun->is_over()) {
    pki::begin_authority_change(home_, options, context_.passphrase, context_.clock);
  }
  AuthorityChange change = require_phase(ChangePhase::kTrust);
  const auto result = establish(Trusted::kBoth);
  if (result.outcome != Outcome::kRotated) return result;
  change.is_done = true;
  pki::write_authority_change(home_, change);
  return result;
}

CaRotationResult CaRotation::reissue() {
  AuthorityChange change = require_phase(ChangePhase::kReissue);
  const bool signs_with_next = fs::is_symlink(home_.signer());
  if (!signs_with_next) change.switched_at = context_.clock.now();
  change.is_done = false;
  pki::write_authority_change(home_, change);
  pki::sign_with_next(home_);
  const auto result = reissue_from(home_.next_authority());
  if (result.outcome != Outcome::kRotated) return result;
  change.is_done = true;
  change.reissued_at = context_.clock.now();
  pki::write_authority_change(home_, change);
  return result;
}

CaRotationResult CaRotation::retire(bool ignores_old_clients) {
  AuthorityChange change = require_phase(ChangePhase::kRetire);
  if (change.is_over()) return {};
  const auto found = obstacles();
  if (!found.empty()) {
    throw Error(ErrorKind::kRefused, "the old CA can't be retired yet: " + joined(found));
  }
  if (!ignores_old_clients) require_no_old_clients(old_clients());
  pki::write_authority_change(home_, change);
  const auto result = establish(Trusted::kNext);
  if (result.outcome != Outcome::kRotated) return result;
  pki::settle_next_authority(home_);
  change.is_done = true;
  pki::write_authority_change(home_, change);
  return result;
}

CaRotationResult CaRotation::undo() {
  const auto begun = pki::read_authority_change(home_);
  if (!begun)
    throw Error(ErrorKind::kNotFound, "no change of the CA was begun, so there is nothing to take back");
  AuthorityChange change = *begun;
  if (change.phase == ChangePhase::kTrust) {
    const auto result = establish(Trusted::kOld);
    if (result.outcome == Outcome::kRotated) pki::forget_authority_change(home_);
    return result;
  }
  change.is_done = false;
  pki::write_authority_change(home_, change);
  if (change.phase == ChangePhase::kRetire) pki::unsettle_next_authority(home_);
  if (change.phase == ChangePhase::kReissue) pki::sign_with_old(home_);
  const auto result =
      change.phase == ChangePhase::kRetire ? establish(Trusted::kBoth) : reissue_from(home_.old_authority());
  if (result.outcome != Outcome::kRotated) return result;
  change.phase = change.phase == ChangePhase::kRetire ? ChangePhase::kReissue : ChangePhase::kTrust;
  change.is_done = true;
  pki::write_authority_change(home_, change);
  return result;
}

// As it is while that phase runs. Throws unless it is that phase's turn, or it is run again.
AuthorityChange CaRotation::require_phase(ChangePhase phase) const {
  auto change = pki::read_authority_change(home_);
  if (!change) {
    throw Error(ErrorKind::kUsage, "the first phase is trust: redis-pki rotate-ca --phase trust");
  }
  const bool is_next = change->is_done && static_cast<int>(change->phase) + 1 == static_cast<int>(phase);
  if (is_next) {
    change->phase = phase;
    change->is_done = false;
  }
  if (change->phase == phase) return *change;
  throw Error(ErrorKind::kUsage, "the change of the CA is at the phase " +
                                     std::string(to_string(change->phase)) +
                                     (change->is_done ? ", which is done" : ", which is not done yet") +
                                     "; 'redis-pki rotate-ca' goes on, --undo takes it back");
}

std::vector<pki::Lineage> CaRotation::lineages() const {
  std::vector<pki::Lineage> lineages;
  for (const std::string& name : home_.lineage_names()) {
    auto lineage = context_.open(name);
    if (lineage.latest()) lineages.push_back(std::move(lineage));
  }
  return lineages;
}

pki::AuthorityPaths CaRotation::next_authority() const {
  const auto next = home_.next_authority();
  return fs::exists(next.directory) ? next : pki::AuthorityPaths{home_.authority()};
}

std::vector<pki::Certificate> CaRotation::roots(Trusted trusted) const {
  const auto old = pki::old_roots(home_);
  const auto next = pki::next_roots(home_);
  if (trusted == Trusted::kOld) return old;
  if (trusted == Trusted::kNext) return next;
  auto both = old;
  for (const auto& root : pki::without(next, old)) both.push_back(root);
  return both;
}

// A leaf that no one can use for long, whose key leaves this process as little as itself.
tls::Credentials CaRotation::probe(const pki::AuthorityPaths& paths) const {
  const auto authority = pki::Authority::open(paths, {}, context_.passphrase);
  pki::CertificateTemplate wanted;
  wanted.subject.attributes.emplace_back("CN", "redis-pki probe");
  wanted.profile = pki::Profile::kClient;
  auto key = pki::PrivateKey::generate(pki::KeyType::kEcP256);
  pki::CertificateChain chain{
      authority.sign(wanted, kProbeLifetime, key.handle(), context_.clock).read_again()};
  chain.insert(chain.end(), authority.intermediates().begin(), authority.intermediates().end());
  return {std::move(chain), std::move(key)};
}

// Without its key: a client of ours that it has signed, if there is one.
std::optional<tls::Credentials> CaRotation::probe_of_old() const {
  const auto old = home_.old_authority();
  if (pki::has_key(old)) return probe(old);
  const auto signers = pki::signers(old);
  for (const auto& lineage : lineages()) {
    if (!pki::dials(lineage.settings().profile)) continue;
    for (const int number : lineage.generations()) {
      const auto chain = lineage.chain(number);
      const bool is_valid = context_.clock.now() < chain.front().not_after();
      if (is_valid && issued_any(signers, chain.front())) return tls::Credentials{chain, lineage.key(number)};
    }
  }
  return std::nullopt;
}

TrustChange CaRotation::trust_change(Trusted trusted) const {
  TrustChange change;
  change.client_roots = home_.client_roots();
  const auto wanted = roots(trusted);
  change.added = wanted;
  change.removed = pki::without(roots(Trusted::kBoth), wanted);
  const bool has_new_root = roots(Trusted::kOld) != roots(Trusted::kNext);
  auto& of_old = trusted == Trusted::kNext ? change.refused : change.accepted;
  auto& of_next = trusted == Trusted::kOld ? change.refused : change.accepted;
  const auto old = trusted != Trusted::kNext || has_new_root ? probe_of_old() : std::nullopt;
  if (old) of_old.push_back(*old);
  if (trusted != Trusted::kOld || has_new_root) of_next.push_back(probe(next_authority()));
  return change;
}

void CaRotation::write_crls(Trusted trusted) const {
  if (!fs::exists(home_.crl())) return;
  const auto before = pki::parse_crls(base::read_file(home_.crl()), home_.crl().native()).front();
  const auto lifetime = before.next_update().value_or(context_.clock.now()) - before.this_update();
  const auto crls =
      pki::make_crls(home_, context_.passphrase, lifetime, context_.clock, trusted == Trusted::kBoth);
  base::write_file(home_.crl(), crls, {.mode = 0644});
}

// A generation with the same pair, so that nothing that it serves or shows changes.
void CaRotation::add_roots(const pki::Lineage& lineage, const std::vector<pki::Certificate>& roots) const {
  const int number = generation_in_service(lineage);
  if (lineage.roots(number) == roots) return;
  const bool is_current = lineage.current() == number;
  pki::IssuedCertificate same{lineage.key(number), lineage.chain(number), roots, nullptr, {}};
  const int added = lineage.add(same);
  if (is_current) lineage.set_current(added);
}

CaRotationResult CaRotation::establish(Trusted trusted) const {
  const TrustChange change = trust_change(trusted);
  pki::set_trusted_roots(home_, change.added);
  write_crls(trusted);
  for (const auto& lineage : lineages()) {
    if (context_.is_local(lineage.settings())) add_roots(lineage, change.added);
  }
  for (const auto& lineage : lineages()) {
    RotationOptions options;
    options.no_issue = true;
    options.trust = &change;
    const auto result = rotate(lineage, options);
    if (result.outcome != Outcome::kRotated) return result;
  }
  return {};
}

CaRotationResult CaRotation::reissue_from(const pki::AuthorityPaths& authority) const {
  const auto signer = pki::signers(authority);
  for (const auto& lineage : lineages()) {
    if (!context_.is_local(lineage.settings())) continue;
    const bool is_issued = issued_any(signer, lineage.chain(generation_in_service(lineage)).front());
    RotationOptions options;
    options.no_issue = is_issued;
    options.issue_anew = !is_issued;
    if (!targets_of(lineage).empty()) {
      const auto result = rotate(lineage, options);
      if (result.outcome != Outcome::kRotated) return result;
    } else if (!is_issued) {
      const auto context = context_.rotation(lineage);
      lineage.set_current(pki::issue_generation(lineage, context.issuer(), context_.clock));
      context_.tell(lineage.name() + ": issued");
    }
  }
  return {};
}

CaRotationResult CaRotation::rotate(const pki::Lineage& lineage, const RotationOptions& options) const {
  TargetStore targets(lineage.paths().targets());
  if (targets.states().empty()) return {};
  context_.tell(lineage.name() + ":");
  try {
    const auto result = Rotation(lineage, targets, context_.rotation(lineage), options).run();
    return {result.outcome, result.reason.empty() ? "" : lineage.name() + ": " + result.reason};
  } catch (const Error& error) {
    return {Outcome::kUnproved, lineage.name() + ": " + error.what()};
  }
}

std::vector<std::string> CaRotation::obstacles() const {
  const auto change = pki::read_authority_change(home_);
  const auto old = pki::signers(home_.old_authority());
  std::vector<std::string> found;
  for (const auto& lineage : lineages()) {
    const bool is_old = issued_any(old, lineage.chain(generation_in_service(lineage)).front());
    if (is_old) found.push_back("the lineage '" + lineage.name() + "' has a certificate of it");
    const auto context = context_.rotation(lineage);
    for (const TargetState& state : targets_of(lineage)) {
      try {
        const auto target = context.connect(state.target);
        if (target->served() && issued_any(old, *target->served())) {
          found.push_back(state.target.address + " serves a certificate of it");
        }
      } catch (const Error& error) {
        found.push_back(error.what());
      }
    }
  }
  const auto signed_ones = signed_for_others(*change);
  found.insert(found.end(), signed_ones.begin(), signed_ones.end());
  return found;
}

// What was signed for others can only be replaced by them, or revoked. What the new CA signs begins
// kBackdating before it began to sign, at the earliest.
std::vector<std::string> CaRotation::signed_for_others(const AuthorityChange& change) const {
  std::vector<std::string> found;
  const auto now = context_.clock.now();
  for (const auto& entry : pki::Ledger(home_.ledger()).list()) {
    const bool is_old = entry.not_before < change.switched_at - pki::kBackdating;
    const bool is_live = now < entry.not_after && !entry.revocation;
    if (!entry.lineage.empty() || entry.profile == "ca" || !is_old || !is_live) continue;
    found.push_back("the certificate " + entry.serial + " (" + entry.subject +
                    ") was signed by it for somebody else; sign it anew, then revoke this one");
  }
  return found;
}

std::vector<OldClient> CaRotation::old_clients() const {
  const auto change = pki::read_authority_change(home_);
  const base::Clock& clock = context_.clock;
  std::vector<OldClient> found;
  for (const auto& lineage : lineages()) {
    const auto context = context_.rotation(lineage);
    for (const TargetState& state : targets_of(lineage)) {
      const auto target = context.connect(state.target);
      const auto asked = clock.now();
      const auto clients = target->clients();
      const auto answered = clock.now();
      for (const ListedClient& client : clients) {
        // A Sentinel is restarted with its new certificate after the switch.
        const bool is_sentinel = client.name.starts_with("sentinel-");
        const bool is_old = is_sentinel ? client.age > answered - change->switched_at
                                        : client.age >= asked - change->reissued_at;
        if (is_old) found.push_back({state.target.address, client});
      }
    }
  }
  return found;
}

}  // namespace rotate
