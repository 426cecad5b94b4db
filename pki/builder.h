#pragma once

#include <optional>

#include "base/clock.h"
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/name.h"
#include "pki/name_constraints.h"
#include "pki/profile.h"

namespace pki {

// What a certificate is to say, besides its public key and its issuer.
struct CertificateTemplate {
  DistinguishedName subject;
  std::vector<SubjectAltName> subject_alt_names;  // critical when the subject is empty (RFC 5280, 4.2.1.6)
  base::Time not_before;
  base::Time not_after;

  // A leaf has a profile; a CA has none and a path length: how many CAs may follow below it.
  std::optional<Profile> profile;
  int path_length = 0;
  std::optional<NameConstraints> name_constraints;  // of a CA
  std::optional<Certificate> constrained_like;      // a CA whose name constraints it gets, if that has any
};

// Signs a certificate as RFC 5280 wants it: version 3, a random serial of 160 bits, SKI, AKI, critical
// basicConstraints and keyUsage, extended key usage on leaves only. Throws Error(kInternal).
Certificate sign_certificate(const CertificateTemplate& wanted, EVP_PKEY* public_key,
                             const Certificate& issuer, const PrivateKey& issuer_key);

// The same for who only writes the certificate, in a tenth of the time: until it is read again, it doesn't
// know its public key.
Certificate sign_for_writing(const CertificateTemplate& wanted, EVP_PKEY* public_key,
                             const Certificate& issuer, const PrivateKey& issuer_key);

Certificate self_sign_certificate(const CertificateTemplate& wanted, const PrivateKey& key);

}  // namespace pki
