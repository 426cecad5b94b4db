#include "pki/authority.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "pki/ledger.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

// How far behind a clock that reads our certificates may be.
constexpr std::chrono::minutes kClockSkew{5};

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
  wanted.not_before = now - kClockSkew;
  wanted.not_after = now + options.lifetime;
  wanted.path_length = path_length;
  return wanted;
}

void write_key(const std::filesystem::path& path, const PrivateKey& key, const base::Secret& passphrase) {
  base::write_file(path, key.to_pem(passphrase).bytes(), {.mode = 0600});
}

void write_certificate(const std::filesystem::path& path, const Certificate& certificate) {
  base::write_file(path, certificate.to_pem(), {.mode = 0644});
}

Certificate read_one(const std::filesystem::path& path) {
  return parse_certificates(base::read_file(path), path.native()).front();
}

}  // namespace

void create_authority(const Home& home, const AuthorityOptions& options, const base::Secret& passphrase,
                      const base::Clock& clock) {
  const base::Time now = clock.now();
  const auto root_key = PrivateKey::generate(options.key_type);
  const int path_length = options.single_tier ? 0 : 1;
  const auto root = self_sign_certificate(ca_template(options, "Root CA", path_length, now), root_key);

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
    const auto issuing =
        sign_certificate(ca_template(options, "Issuing CA", 0, now), issuing_key.handle(), root, root_key);
    ledger.record(issuing, "", "ca");
    write_key(home.issuing_key(), issuing_key, passphrase);
    write_certificate(home.issuing_certificate(), issuing);
  }
  write_certificate(home.client_roots(), root);
  write_certificate(home.root_certificate(), root);  // last: what has_authority() asks for
}

Authority Authority::open(const Home& home, const base::Secret& passphrase) {
  if (!home.has_authority()) {
    throw Error(ErrorKind::kNotFound,
                home.root().native() + ": there is no CA; make one with 'redis-pki init'");
  }
  const Certificate root = read_one(home.root_certificate());
  const bool single_tier = !std::filesystem::exists(home.issuing_certificate());
  const Certificate certificate = single_tier ? root : read_one(home.issuing_certificate());
  const auto key_path = single_tier ? home.root_key() : home.issuing_key();
  auto key = PrivateKey::from_pem(base::read_secret_file(key_path), passphrase, key_path.native());
  if (!certificate.matches(key)) {
    throw Error(ErrorKind::kInvalid, key_path.native() + ": does not belong to the CA certificate beside it");
  }
  CertificateChain intermediates;
  if (!single_tier) intermediates.push_back(certificate);
  return Authority(certificate, std::move(key), std::move(intermediates), {root});
}

Certificate Authority::sign(CertificateTemplate wanted, std::chrono::seconds lifetime, EVP_PKEY* public_key,
                            const base::Clock& clock) const {
  const base::Time now = clock.now();
  if (certificate_.not_after() <= now) {
    throw Error(ErrorKind::kInvalid,
                "the CA " + certificate_.subject() + " has expired; nothing that it signs is accepted");
  }
  wanted.not_before = std::max(now - kClockSkew, certificate_.not_before());
  wanted.not_after = std::min(now + lifetime, certificate_.not_after());
  return sign_certificate(wanted, public_key, certificate_, key_);
}

}  // namespace pki
