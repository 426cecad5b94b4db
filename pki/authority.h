#pragma once

#include <chrono>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "pki/builder.h"
#include "pki/crl.h"
#include "pki/home.h"

namespace pki {

struct AuthorityOptions {
  std::string name = "Redis PKI";  // the CAs are called "NAME Root CA" and "NAME Issuing CA"
  DistinguishedName subject;  // attributes before the common name; one with a CN is the root's whole name
  KeyType key_type = KeyType::kEcP256;
  std::chrono::seconds lifetime{};
  bool single_tier = false;     // no issuing CA: the root signs leaves
  NameConstraints constraints;  // of the CA that signs leaves; empty for none
};

// Makes the CA in `home`: keys (encrypted unless the passphrase is empty), certificates, a ledger, and
// trust/clients.crt. Throws Error(kExists) when there is one; a half-made one from a crash is made anew.
void create_authority(const Home& home, const AuthorityOptions& options, const base::Secret& passphrase,
                      const base::Clock& clock);

// Takes over a CA that exists: its certificate with its chain up to the root, and its key. Throws Error:
// kExists, and kInvalid when the first certificate is no CA, the key is not its key, or the chain does not
// end in a root.
void import_authority(const Home& home, const std::vector<Certificate>& chain, const PrivateKey& key,
                      const base::Secret& passphrase, const base::Clock& clock);

// How far before now what a CA signs begins, for clocks that are behind.
inline constexpr std::chrono::minutes kBackdating{5};

// Encrypts the CA's keys that are there anew, also of one that goes or comes. Throws Error(kInvalid) on a
// wrong old passphrase; then nothing is changed. Killed in the middle, some keys have the new passphrase and
// some the old one; both still open.
void change_passphrase(const Home& home, const base::Secret& old_passphrase,
                       const base::Secret& new_passphrase);

// The CA that signs leaves: the issuing CA, or the root of a single tier. Its key is read when it is opened.
class Authority {
 public:
  // Throws Error: kNotFound with a hint when there is no CA, kInvalid on a wrong passphrase.
  static Authority open(const Home& home, const base::Secret& passphrase);

  // One of two while a CA takes the place of another, with the roots that both need.
  static Authority open(const AuthorityPaths& paths, const std::vector<Certificate>& roots,
                        const base::Secret& passphrase);

  // Signs a leaf that starts a little in the past, for clocks that are behind, and ends after `lifetime`,
  // but not after the CA itself. The leaf is for writing (see sign_for_writing). Throws Error: kInvalid when
  // the CA has expired, kRefused for names that its name constraints don't permit.
  Certificate sign(CertificateTemplate wanted, std::chrono::seconds lifetime, EVP_PKEY* public_key,
                   const base::Clock& clock) const;

  Crl sign(const CrlTemplate& wanted) const { return sign_crl(wanted, certificate_, key_); }

  const Certificate& certificate() const { return certificate_; }
  const PrivateKey& key() const { return key_; }
  const CertificateChain& intermediates() const { return intermediates_; }  // leaf's issuer first, no root
  const std::vector<Certificate>& roots() const { return roots_; }

 private:
  Authority(Certificate certificate, PrivateKey key, CertificateChain intermediates,
            std::vector<Certificate> roots)
      : certificate_(std::move(certificate)),
        key_(std::move(key)),
        intermediates_(std::move(intermediates)),
        roots_(std::move(roots)) {}

  void require_permitted_names(const Certificate& leaf) const;

  Certificate certificate_;
  PrivateKey key_;
  CertificateChain intermediates_;
  std::vector<Certificate> roots_;
};

}  // namespace pki
