#include "pki/authority_change.h"

#include <openssl/x509.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/timestamp.h"
#include "pki/ledger.h"
#include "pki/local_issuer.h"

namespace pki {
namespace fs = std::filesystem;
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr const char* kNext = "next";

std::vector<Certificate> read_certificates(const fs::path& path) {
  return parse_certificates(base::read_file(path), path.native());
}

bool contains(const std::vector<Certificate>& list, const Certificate& certificate) {
  return std::find(list.begin(), list.end(), certificate) != list.end();
}

void copy_authority(const AuthorityPaths& from, const AuthorityPaths& to) {
  base::make_directories(to.directory, 0700);
  const auto sources = from.files();
  const auto destinations = to.files();
  for (size_t index = 0; index < sources.size(); ++index) {
    if (!fs::exists(sources[index])) {
      base::remove_durably(destinations[index]);
      continue;
    }
    base::write_file(destinations[index], base::read_secret_file(sources[index]).bytes(),
                     base::access_of(sources[index]));
  }
}

// What the file has of a CA whose key is lost.
std::string last_crl_of(const Certificate& authority, const Home& home) {
  if (!fs::exists(home.crl())) return "";
  for (const Crl& crl : parse_crls(base::read_file(home.crl()), home.crl().native())) {
    if (crl.is_signed_by(authority)) return crl.to_pem();
  }
  return "";
}

// "Redis PKI Root CA" becomes "Redis PKI Root CA G2", and that "… G3".
DistinguishedName next_name(DistinguishedName name) {
  for (auto& [type, value] : name.attributes) {
    if (type != "CN") continue;
    int generation = 1;
    const size_t mark = value.rfind(" G");
    if (mark != value.npos && mark + 2 < value.size() &&
        value.find_first_not_of("0123456789", mark + 2) == value.npos && value.size() - mark < 8) {
      generation = std::stoi(value.substr(mark + 2));
      value.erase(mark);
    }
    value += " G" + std::to_string(generation + 1);
  }
  return name;
}

CertificateTemplate next_template(const Certificate& old, const NextAuthorityOptions& options,
                                  int path_length, base::Time now) {
  const auto lifetime =
      options.lifetime.value_or(std::chrono::floor<std::chrono::seconds>(old.not_after() - old.not_before()));
  CertificateTemplate wanted;
  wanted.subject = next_name(old.subject_name());
  wanted.not_before = now - kBackdating;
  wanted.not_after = now + lifetime;
  wanted.path_length = path_length;
  wanted.constrained_like = old;
  return wanted;
}

void write_pair(const fs::path& certificate_file, const fs::path& key_file, const Certificate& certificate,
                const PrivateKey& key, const base::Secret& passphrase) {
  base::write_file(key_file, key.to_pem(passphrase).bytes(), {.mode = 0600});
  base::write_file(certificate_file, certificate.to_pem(), {.mode = 0644});
}

PrivateKey root_key_of(const AuthorityPaths& paths, const base::Secret& passphrase) {
  if (!fs::exists(paths.root_key())) {
    throw Error(ErrorKind::kNotFound, paths.root_key().native() +
                                          ": the root's key must sign a new issuing CA, and is not here; "
                                          "--tier root makes a new root");
  }
  return PrivateKey::from_pem(base::read_secret_file(paths.root_key()), passphrase,
                              paths.root_key().native());
}

// The new CA, signed and on disk.
void make_next(const Home& home, const NextAuthorityOptions& options, const base::Secret& passphrase,
               const base::Clock& clock) {
  const AuthorityPaths old = home.old_authority();
  const AuthorityPaths next = home.next_authority();
  const base::Time now = clock.now();
  const bool single_tier = !fs::exists(old.issuing_certificate());
  const Certificate old_root = read_certificates(old.root_certificate()).front();
  const KeyType key_type =
      options.key_type.value_or(type_of(X509_get0_pubkey(signers(old).front().handle())));
  Ledger ledger(home.ledger());
  base::make_directories(next.directory, 0700);

  std::optional<Certificate> root;
  std::optional<PrivateKey> root_key;
  if (options.tier == Tier::kIssuing) {
    root = old_root;
    root_key = root_key_of(old, passphrase);
  } else {
    root_key = PrivateKey::generate(key_type);
    root = self_sign_certificate(next_template(old_root, options, single_tier ? 0 : 1, now), *root_key);
    ledger.record(*root, "", "ca");
  }
  write_pair(next.root_certificate(), next.root_key(), *root, *root_key, passphrase);
  if (single_tier) return;
  const auto issuing_key = PrivateKey::generate(key_type);
  const auto old_issuing = read_certificates(old.issuing_certificate()).front();
  auto wanted = next_template(old_issuing, options, 0, now);
  wanted.not_after = std::min(wanted.not_after, root->not_after());
  const auto issuing = sign_certificate(wanted, issuing_key.handle(), *root, *root_key);
  ledger.record(issuing, "", "ca");
  write_pair(next.issuing_certificate(), next.issuing_key(), issuing, issuing_key, passphrase);
}

}  // namespace

std::string_view to_string(Tier tier) { return tier == Tier::kRoot ? "root" : "issuing"; }

std::string_view to_string(ChangePhase phase) {
  switch (phase) {
    case ChangePhase::kTrust:
      return "trust";
    case ChangePhase::kReissue:
      return "reissue";
    case ChangePhase::kRetire:
      return "retire";
  }
  return "";
}

Tier parse_tier(std::string_view text) {
  for (const Tier tier : {Tier::kRoot, Tier::kIssuing}) {
    if (to_string(tier) == text) return tier;
  }
  throw Error(ErrorKind::kUsage, "a tier is root or issuing, not '" + std::string(text) + "'");
}

ChangePhase parse_change_phase(std::string_view text) {
  for (const auto phase : {ChangePhase::kTrust, ChangePhase::kReissue, ChangePhase::kRetire}) {
    if (to_string(phase) == text) return phase;
  }
  throw Error(ErrorKind::kUsage, "a phase is trust, reissue or retire, not '" + std::string(text) + "'");
}

std::optional<AuthorityChange> read_authority_change(const Home& home) {
  const auto file = home.authority_change();
  if (!fs::exists(file)) return std::nullopt;
  try {
    const json document = json::parse(base::read_file(file));
    return AuthorityChange{parse_tier(document.at("tier").get<std::string>()),
                           parse_change_phase(document.at("phase").get<std::string>()),
                           document.at("done").get<bool>(),
                           base::parse_timestamp(document.at("switched_at").get<std::string>()),
                           base::parse_timestamp(document.at("reissued_at").get<std::string>())};
  } catch (const json::exception& error) {
    throw Error(ErrorKind::kInvalid, file.native() + ": " + error.what());
  }
}

void write_authority_change(const Home& home, const AuthorityChange& change) {
  const json document{{"tier", to_string(change.tier)},
                      {"phase", to_string(change.phase)},
                      {"done", change.is_done},
                      {"switched_at", base::format_timestamp(change.switched_at)},
                      {"reissued_at", base::format_timestamp(change.reissued_at)}};
  base::write_file(home.authority_change(), document.dump(2) + "\n", {.mode = 0600});
}

void begin_authority_change(const Home& home, const NextAuthorityOptions& options,
                            const base::Secret& passphrase, const base::Clock& clock) {
  const auto lock = base::FileLock::acquire(home.lock());
  if (has_key(home.signing_authority())) Authority::open(home, passphrase);  // or it is an error
  if (options.tier == Tier::kIssuing && !fs::exists(home.issuing_certificate())) {
    throw Error(ErrorKind::kUsage,
                "the CA has a single tier, so there is no issuing CA to change; --tier root changes it");
  }
  base::remove_durably(home.authority_change());
  fs::remove_all(home.next_authority().directory);
  copy_authority({home.authority()}, home.old_authority());
  make_next(home, options, passphrase, clock);
  write_authority_change(home, {options.tier, ChangePhase::kTrust, false, {}});
}

std::vector<Certificate> old_roots(const Home& home) {
  return read_certificates(home.old_authority().root_certificate());
}

std::vector<Certificate> next_roots(const Home& home) {
  const auto next = home.next_authority().root_certificate();
  return read_certificates(fs::exists(next) ? next : home.root_certificate());
}

bool has_key(const AuthorityPaths& authority) {
  const bool single_tier = !fs::exists(authority.issuing_certificate());
  return fs::exists(single_tier ? authority.root_key() : authority.issuing_key());
}

std::vector<Certificate> signers(const AuthorityPaths& authority) {
  const bool single_tier = !fs::exists(authority.issuing_certificate());
  auto chain =
      read_certificates(single_tier ? authority.root_certificate() : authority.issuing_certificate());
  if (!single_tier) chain.resize(1, chain.front());
  return chain;
}

std::vector<Certificate> without(const std::vector<Certificate>& list,
                                 const std::vector<Certificate>& taken) {
  std::vector<Certificate> rest;
  std::copy_if(list.begin(), list.end(), std::back_inserter(rest),
               [&](const Certificate& certificate) { return !contains(taken, certificate); });
  return rest;
}

void set_trusted_roots(const Home& home, const std::vector<Certificate>& trusted) {
  auto both = old_roots(home);
  for (const Certificate& root : next_roots(home)) {
    if (!contains(both, root)) both.push_back(root);
  }
  for (const auto& file : {home.client_roots(), home.root_certificate()}) {
    change_certificates(file, trusted, without(both, trusted));
  }
}

void change_certificates(const fs::path& file, const std::vector<Certificate>& added,
                         const std::vector<Certificate>& removed) {
  const auto before = read_certificates(file);
  auto after = without(before, removed);
  for (const Certificate& certificate : added) {
    if (!contains(after, certificate)) after.push_back(certificate);
  }
  if (after != before) base::write_file(file, to_pem(after), base::access_of(file));
}

void sign_with_next(const Home& home) { base::write_link(home.signer(), kNext); }

void sign_with_old(const Home& home) { base::remove_durably(home.signer()); }

void settle_next_authority(const Home& home) {
  if (fs::is_symlink(home.signer())) copy_authority(home.next_authority(), {home.authority()});
  sign_with_old(home);  // which is the same now
  fs::remove_all(home.next_authority().directory);
}

void unsettle_next_authority(const Home& home) {
  const AuthorityPaths next = home.next_authority();
  if (!fs::is_symlink(home.signer())) {
    const AuthorityPaths made{next.directory.native() + ".new"};
    fs::remove_all(made.directory);
    fs::remove_all(next.directory);
    copy_authority({home.authority()}, made);
    base::rename_file(made.directory, next.directory);
  }
  sign_with_next(home);
  copy_authority(home.old_authority(), {home.authority()});
}

void forget_authority_change(const Home& home) {
  base::remove_durably(home.authority_change());
  fs::remove_all(home.next_authority().directory);
  fs::remove_all(home.old_authority().directory);
}

std::string make_crls(const Home& home, const base::Secret& passphrase, std::chrono::seconds lifetime,
                      const base::Clock& clock) {
  const auto change = read_authority_change(home);
  return make_crls(home, passphrase, lifetime, clock, change && !change->is_over());
}

std::string make_crls(const Home& home, const base::Secret& passphrase, std::chrono::seconds lifetime,
                      const base::Clock& clock, bool of_both) {
  const auto make = [&](const AuthorityPaths& paths) {
    Ledger ledger(home.ledger());
    return make_crl(Authority::open(paths, {}, passphrase), ledger, lifetime, clock).to_pem();
  };
  const AuthorityPaths signing = home.signing_authority();
  if (!of_both) return make(signing);
  // That of the one that signs comes first.
  const bool is_next = signing.directory == home.signer();
  std::string pem;
  for (const auto& paths : {is_next ? home.next_authority() : home.old_authority(),
                            is_next ? home.old_authority() : home.next_authority()}) {
    pem += has_key(paths) ? make(paths) : last_crl_of(signers(paths).front(), home);
  }
  return pem;
}

}  // namespace pki
