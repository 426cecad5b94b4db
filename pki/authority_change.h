#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "pki/authority.h"
#include "pki/home.h"
#include "pki/key.h"

namespace pki {

enum class Tier { kIssuing, kRoot };
enum class ChangePhase { kTrust, kReissue, kRetire };

std::string_view to_string(Tier tier);
std::string_view to_string(ChangePhase phase);
// Throw Error(kUsage).
Tier parse_tier(std::string_view text);
ChangePhase parse_change_phase(std::string_view text);

// How far a home is with putting a new CA in the place of the old one: both are trusted, then the new one
// signs, then the old one is retired. On disk, whole, before and after each phase. Nothing here touches a
// lineage.
struct AuthorityChange {
  Tier tier = Tier::kRoot;
  ChangePhase phase = ChangePhase::kTrust;
  bool is_done = false;      // the phase
  base::Time switched_at{};  // when the new one began to sign
  base::Time reissued_at{};  // when all lineages had a certificate of it

  bool is_over() const { return phase == ChangePhase::kRetire && is_done; }
};

// Nothing when none was ever begun, or it was taken back. Throws Error(kInvalid).
std::optional<AuthorityChange> read_authority_change(const Home& home);
void write_authority_change(const Home& home, const AuthorityChange& change);

struct NextAuthorityOptions {
  Tier tier = Tier::kRoot;
  std::optional<KeyType> key_type;               // as the old one's when not set
  std::optional<std::chrono::seconds> lifetime;  // as the old one's when not set
};

// Makes the new CA in ca/next, named as the old one with "G2" behind it, with its name constraints; keeps a
// copy of the old one in ca/old; and writes the change. Throws Error: kNotFound without the key that must
// sign it, kUsage for a tier that there is not, kInvalid on a wrong passphrase.
void begin_authority_change(const Home& home, const NextAuthorityOptions& options,
                            const base::Secret& passphrase, const base::Clock& clock);

// The roots of each; the same for a new issuing tier.
std::vector<Certificate> old_roots(const Home& home);
std::vector<Certificate> next_roots(const Home& home);

// Whether the key that signs leaves is there; that of the old CA may be lost.
bool has_key(const AuthorityPaths& authority);

// The certificates, one of which signs leaves.
std::vector<Certificate> signers(const AuthorityPaths& authority);

// The certificates in one list and not in the other.
std::vector<Certificate> without(const std::vector<Certificate>& list, const std::vector<Certificate>& taken);

// Makes what verifies in this home, ca/root.crt and trust/clients.crt, hold these of the two CAs' roots;
// those of others stay.
void set_trusted_roots(const Home& home, const std::vector<Certificate>& trusted);

// Adds and removes certificates of a PEM file that keeps its owner and mode; leaves it alone when there is
// nothing to do. Throws Error.
void change_certificates(const std::filesystem::path& file, const std::vector<Certificate>& added,
                         const std::vector<Certificate>& removed);

// Which CA signs from now on, in one step.
void sign_with_next(const Home& home);
void sign_with_old(const Home& home);

// Moves the new CA to where the old one was; what signs stays the same at each moment.
void settle_next_authority(const Home& home);
// The way back from there, or from half of it.
void unsettle_next_authority(const Home& home);

// Forgets a change that was taken back, with the new CA.
void forget_authority_change(const Home& home);

// The lists of all that is revoked, in PEM, each for `lifetime`: of the CA that signs, and while both are
// trusted of the other one too. What a CA whose key is lost has signed last stays.
std::string make_crls(const Home& home, const base::Secret& passphrase, std::chrono::seconds lifetime,
                      const base::Clock& clock);
std::string make_crls(const Home& home, const base::Secret& passphrase, std::chrono::seconds lifetime,
                      const base::Clock& clock, bool of_both);

}  // namespace pki
