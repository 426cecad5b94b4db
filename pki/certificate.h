#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "pki/key.h"
#include "pki/name.h"
#include "pki/openssl_ptr.h"
#include "pki/subject_alt_name.h"

namespace pki {

// An X.509 certificate (RFC 5280). Immutable; copies share it, also between threads.
class Certificate {
 public:
  explicit Certificate(OpenSslPtr<X509> certificate);

  // One that is only written: it must not be verified, nor asked for its public key.
  static Certificate for_writing(OpenSslPtr<X509> certificate);

  // Takes a reference of its own.
  static Certificate share(X509* certificate);

  // Made once; valid as long as the certificate.
  const std::string& to_der() const;
  const std::string& to_pem() const;

  // The same, parsed from its encoding.
  Certificate read_again() const;

  std::string sha256() const;                    // of the DER encoding, lower-case hex: its identity
  std::string serial() const;                    // lower-case hex, without leading zero octets
  std::string authority_key_identifier() const;  // its bytes; empty when there is none
  std::string subject() const;                   // in words
  std::string issuer() const;
  DistinguishedName subject_name() const;
  DistinguishedName issuer_name() const;
  std::string common_name() const;  // empty when there is none
  std::vector<SubjectAltName> subject_alt_names() const;
  base::Time not_before() const;
  base::Time not_after() const;

  bool is_ca() const;                           // basicConstraints
  bool is_self_issued() const;                  // subject and issuer are the same name
  bool issued(const Certificate& other) const;  // names and key identifiers fit, and our key verifies it

  // Whether the name constraints of this CA, if it has any, let it certify what the leaf names.
  bool permits_names_of(const Certificate& leaf) const;

  // Extended key usage, critical or not; a certificate without the extension allows everything.
  bool allows_server_auth() const;
  bool allows_client_auth() const;

  bool matches(const PrivateKey& key) const;
  std::string key_description() const;

  X509* handle() const { return state_->certificate.get(); }

  bool operator==(const Certificate& other) const;

 private:
  struct State {
    OpenSslPtr<X509> certificate;
    std::once_flag der_made, pem_made;
    std::string der, pem;
  };
  Certificate() : state_(std::make_shared<State>()) {}

  std::shared_ptr<State> state_;
};

// Throws Error(kInvalid) when it is no date.
base::Time to_time(const ASN1_TIME* time);

// Leaf first, each followed by its issuer.
using CertificateChain = std::vector<Certificate>;

// All certificates of a PEM text, in its order; what stands between them is skipped. `origin` names it in
// errors. Throws Error(kInvalid) when there is none, one can't be read, or there are more than 1,000.
std::vector<Certificate> parse_certificates(std::string_view pem, std::string_view origin);

std::string to_pem(const std::vector<Certificate>& certificates);

}  // namespace pki
