#include "pki/challenge_certificate.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>

#include "pki/general_names.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"

namespace pki {
namespace {

constexpr const char* kAcmeIdentifier = "1.3.6.1.5.5.7.1.31";  // id-pe-acmeIdentifier
constexpr long kLifetime = 7 * 24 * 3600;

struct FreeObject {
  void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
};

// The extension's value is an OCTET STRING of its own within the extension's.
void add_acme_identifier(X509* certificate, std::string_view key_authorization) {
  std::array<unsigned char, EVP_MAX_MD_SIZE + 2> value{};
  unsigned size = 0;
  require(EVP_Digest(key_authorization.data(), key_authorization.size(), value.data() + 2, &size,
                     EVP_sha256(), nullptr) == 1,
          "can't hash");
  value[0] = V_ASN1_OCTET_STRING;
  value[1] = static_cast<unsigned char>(size);
  const std::unique_ptr<ASN1_OBJECT, FreeObject> type(OBJ_txt2obj(kAcmeIdentifier, 1));
  const OpenSslPtr<ASN1_STRING> octets(ASN1_OCTET_STRING_new());
  require(type != nullptr && octets != nullptr &&
              ASN1_OCTET_STRING_set(octets.get(), value.data(), static_cast<int>(size + 2)) == 1,
          "no memory for a challenge");
  const OpenSslPtr<X509_EXTENSION> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, type.get(), 1, octets.get()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
          "can't add a challenge's extension");
}

}  // namespace

Pair make_challenge_certificate(const SubjectAltName& name, std::string_view key_authorization) {
  PrivateKey key = PrivateKey::generate(KeyType::kEcP256);
  OpenSslPtr<X509> certificate(X509_new());
  require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) == 1 &&
              X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600) != nullptr &&
              X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kLifetime) != nullptr &&
              X509_set_pubkey(certificate.get(), key.handle()) == 1,
          "can't fill in a challenge's certificate");
  const GeneralNames names = to_general_names({name});
  require(X509_add1_ext_i2d(certificate.get(), NID_subject_alt_name, names.get(), 1, 0) == 1,
          "can't name a challenge's certificate");
  add_acme_identifier(certificate.get(), key_authorization);
  require(X509_sign(certificate.get(), key.handle(), EVP_sha256()) > 0,
          "can't sign a challenge's certificate");
  return {{Certificate(std::move(certificate)).read_again()}, std::move(key)};
}

}  // namespace pki
