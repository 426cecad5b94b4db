#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pki/key.h"
#include "pki/name.h"
#include "pki/openssl_ptr.h"
#include "pki/subject_alt_name.h"

namespace pki {

// A certificate signing request (PKCS#10, RFC 2986).
class CertificateRequest {
 public:
  // Of ours, signed by the key; without a subject when that is empty.
  static CertificateRequest make(const PrivateKey& key, const DistinguishedName& subject,
                                 const std::vector<SubjectAltName>& names);

  // Of somebody else. Throws Error(kInvalid) when it can't be read.
  static CertificateRequest from_pem(std::string_view pem, std::string_view origin);

  // Throws Error(kRefused) with the reason: its signature doesn't prove possession of the key, the key is
  // weak, it asks to be a CA, or it asks for names of a kind that we don't certify.
  void require_acceptable() const;

  DistinguishedName subject() const;
  std::vector<SubjectAltName> subject_alt_names() const;
  std::string key_description() const;
  EVP_PKEY* public_key() const;
  bool proves_possession() const;
  std::string to_der() const;
  std::string to_pem() const;

 private:
  explicit CertificateRequest(OpenSslPtr<X509_req_st> request);
  std::shared_ptr<X509_req_st> request_;
};

}  // namespace pki
