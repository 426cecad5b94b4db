#include "pki/authority.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "pki/chain_verifier.h"
#include "pki/ledger.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

DistinguishedName named(const AuthorityOptions& options, const std::string& tier) {
  DistinguishedName name = options.subject;
  std::string common_name = options.name + " " + tier;
  const auto given = std::find_if(name.attributes.begin(), name.attributes.end(),
                                  [](const auto& entry) { return entry.first == "CN"; });
  if (given != name.attributes.end()) {
    // Both CAs can't have one name: a chain in which subject and issuer are equal looks self-signed.
    common_name = tier == "Root CA" ? given->second : given->second + " " + tier;
    name.attributes.erase(given);
  }
  name.attributes.emplace_back("CN", common_name);
  return name;
}

CertificateTemplate ca_template(const AuthorityOptions& options, const std::string& tier, int path_length,
                                base::Time now) {
  CertificateTemplate wanted;
  wanted.subject = named(options, tier);
  wanted.not_before = now - kBackdating;
  wanted.not_after = now + options.lifetime;
  wanted.path_length = path_length;
  return wanted;
}

void constrain(CertificateTemplate& wanted, const NameConstraints& constraints) {
  if (!constraints.empty()) wanted.name_constraints = constraints;
}

void require_no_authority(const Home& home) {
  if (home.has_authority()) {
    throw Error(ErrorKind::kExists, home.root().native() + ": there is a CA already; it is left as it is");
  }
}

void write_key(const std::filesystem::path& path, const PrivateKey& key, const base::Secret& passphrase) {
  base::write_file(path, key.to_pem(passphrase).bytes(), {.mode = 0600});
}

void write_certificate(const std::filesystem::path& path, const Certificate& certificate) {
  base::write_file(path, certificate.to_pem(), {.mode = 0644});
}

std::vector<Certificate> read_certificates(const std::filesystem::path& path) {
  return parse_certificates(base::read_file(path), path.native());
}

}  // namespace

void create_authority(const Home& home, const AuthorityOptions& options, const base::Secret& passphrase,
                      const base::Clock& clock) {
  const base::Time now = clock.now();
  const auto root_key = PrivateKey::generate(options.key_type);
  const int path_length = options.single_tier ? 0 : 1;
  auto root_template = ca_template(options, "Root CA", path_length, now);
  if (options.single_tier) constrain(root_template, options.constraints);
  const auto root = self_sign_certificate(root_template, root_key);

  home.create();
  const auto lock = base::FileLock::acquire(home.lock());
  if (home.has_authority()) {
    throw Error(ErrorKind::kExists, home.root().native() + ": there is a CA already; it is left as it is");
  }
  Ledger ledger(home.ledger());
  ledger.record(root, "", "ca");
  write_key(home.root_key(), root_key, passphrase);
  if (!options.single_tier) {
    const auto issuing_key = PrivateKey::generate(options.key_type);
    auto issuing_template = ca_template(options, "Issuing CA", 0, now);
    constrain(issuing_template, options.constraints);
    const auto issuing = sign_certificate(issuing_template, issuing_key.handle(), root, root_key);
    ledger.record(issuing, "", "ca");
    write_key(home.issuing_key(), issuing_key, passphrase);
    write_certificate(home.issuing_certificate(), issuing);
  }
  write_certificate(home.client_roots(), root);
  write_certificate(home.root_certificate(), root);  // last: what has_authority() asks for
}

void import_authority(const Home& home, const std::vector<Certificate>& chain, const PrivateKey& key,
                      const base::Secret& passphrase, const base::Clock& clock) {
  const Findings pair = verify_pair(chain, key);
  if (has_errors(pair))
    throw Error(ErrorKind::kInvalid, "the CA can't be taken over: " + describe_errors(pair));
  if (!chain.front().is_ca()) {
    throw Error(ErrorKind::kInvalid,
                chain.front().subject() + " is no CA; --import-cert names the CA's certificate");
  }
  const Certificate& root = chain.back();
  if (!root.issued(root)) {
    throw Error(ErrorKind::kInvalid, "the chain of the CA ends in " + root.subject() +
                                         ", which is no root; put its issuers behind it in the file");
  }
  const Findings path =
      verify_chain(chain, {root}, {.purpose = {}, .host = {}, .at = clock.now(), .crls = {}});
  if (has_errors(path))
    throw Error(ErrorKind::kInvalid, "the CA can't be taken over: " + describe_errors(path));

  home.create();
  const auto lock = base::FileLock::acquire(home.lock());
  require_no_authority(home);
  Ledger ledger(home.ledger());
  for (const Certificate& certificate : chain) {
    if (!ledger.find(certificate.serial())) ledger.record(certificate, "", "ca");
  }
  const bool single_tier = chain.size() == 1;
  write_key(single_tier ? home.root_key() : home.issuing_key(), key, passphrase);
  if (!single_tier) {
    base::write_file(home.issuing_certificate(), to_pem({chain.begin(), chain.end() - 1}), {.mode = 0644});
  }
  write_certificate(home.client_roots(), root);
  write_certificate(home.root_certificate(), root);
}

void change_passphrase(const Home& home, const base::Secret& old_passphrase,
                       const base::Secret& new_passphrase) {
  const auto lock = base::FileLock::acquire(home.lock());
  std::vector<std::pair<std::filesystem::path, PrivateKey>> keys;
  for (const auto& path : {home.issuing_key(), home.root_key(), home.old_authority().issuing_key(),
                           home.old_authority().root_key(), home.next_authority().issuing_key(),
                           home.next_authority().root_key()}) {
    if (!std::filesystem::exists(path)) continue;
    const base::Secret pem = base::read_secret_file(path);
    try {
      keys.emplace_back(path, PrivateKey::from_pem(pem, old_passphrase, path.native()));
    } catch (const Error&) {
      // Perhaps it has the new one already, from a change that was cut off.
      if (new_passphrase.empty()) throw;
      keys.emplace_back(path, PrivateKey::from_pem(pem, new_passphrase, path.native()));
    }
  }
  if (keys.empty()) throw Error(ErrorKind::kNotFound, home.root().native() + ": there is no key of a CA");
  for (const auto& [path, key] : keys) write_key(path, key, new_passphrase);
}

Authority Authority::open(const Home& home, const base::Secret& passphrase) {
  if (!home.has_authority()) {
    throw Error(ErrorKind::kNotFound,
                home.root().native() + ": there is no CA; make one with 'redis-pki init'");
  }
  return open(home.signing_authority(), read_certificates(home.root_certificate()), passphrase);
}

Authority Authority::open(const AuthorityPaths& paths, const std::vector<Certificate>& roots,
                          const base::Secret& passphrase) {
  const bool single_tier = !std::filesystem::exists(paths.issuing_certificate());
  const auto chain = read_certificates(single_tier ? paths.root_certificate() : paths.issuing_certificate());
  const auto key_path = single_tier ? paths.root_key() : paths.issuing_key();
  if (!std::filesystem::exists(key_path)) {
    throw Error(ErrorKind::kNotFound,
                key_path.native() + ": the key of the CA is needed to sign, and is not there; put it back");
  }
  auto key = PrivateKey::from_pem(base::read_secret_file(key_path), passphrase, key_path.native());
  // While two roots are trusted, both stand in one file.
  const auto certificate = std::find_if(chain.begin(), single_tier ? chain.end() : chain.begin() + 1,
                                        [&](const Certificate& ca) { return ca.matches(key); });
  if (certificate == (single_tier ? chain.end() : chain.begin() + 1)) {
    throw Error(ErrorKind::kInvalid, key_path.native() + ": does not belong to the CA certificate beside it");
  }
  const auto intermediates = single_tier ? CertificateChain() : chain;
  return Authority(*certificate, std::move(key), intermediates, roots);
}

void Authority::require_permitted_names(const Certificate& leaf) const {
  std::vector<Certificate> path = intermediates_;
  path.insert(path.end(), roots_.begin(), roots_.end());
  for (const Certificate& ca : path) {
    if (ca.permits_names_of(leaf)) continue;
    throw Error(ErrorKind::kRefused, "the CA may not certify this: certificate of " + leaf.subject() +
                                         " has a name that the name constraints of " + ca.subject() +
                                         " don't permit");
  }
}

Certificate Authority::sign(CertificateTemplate wanted, std::chrono::seconds lifetime, EVP_PKEY* public_key,
                            const base::Clock& clock) const {
  const base::Time now = clock.now();
  if (certificate_.not_after() <= now) {
    throw Error(ErrorKind::kInvalid,
                "the CA " + certificate_.subject() + " has expired; nothing that it signs is accepted");
  }
  wanted.not_before = std::max(now - kBackdating, certificate_.not_before());
  wanted.not_after = std::min(now + lifetime, certificate_.not_after());
  Certificate leaf = sign_for_writing(wanted, public_key, certificate_, key_);
  require_permitted_names(leaf);
  return leaf;
}

}  // namespace pki
