#include "pki/request.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "pki/general_names.h"
#include "pki/key.h"
#include "pki/openssl_error.h"
#include "pki/signature.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

struct FreeExtensions {
  void operator()(STACK_OF(X509_EXTENSION) * stack) const {
    sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
  }
};
using Extensions = std::unique_ptr<STACK_OF(X509_EXTENSION), FreeExtensions>;

Extensions extensions_of(X509_REQ* request) { return Extensions(X509_REQ_get_extensions(request)); }

bool asks_to_be_a_ca(X509_REQ* request) {
  const auto extensions = extensions_of(request);
  if (extensions == nullptr) return false;
  auto* constraints = static_cast<BASIC_CONSTRAINTS*>(
      X509V3_get_d2i(extensions.get(), NID_basic_constraints, nullptr, nullptr));
  if (constraints == nullptr) return false;
  const bool ca = constraints->ca != 0;
  BASIC_CONSTRAINTS_free(constraints);
  return ca;
}

bool is_weak(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return EVP_PKEY_get_bits(key) < 2048;
  if (EVP_PKEY_is_a(key, "EC") == 1) return EVP_PKEY_get_bits(key) < 256;
  return EVP_PKEY_is_a(key, "ED25519") != 1 && EVP_PKEY_is_a(key, "ED448") != 1;
}

}  // namespace

CertificateRequest::CertificateRequest(OpenSslPtr<X509_REQ> request)
    : request_(request.release(), OpenSslDelete()) {}

CertificateRequest CertificateRequest::from_pem(std::string_view pem, std::string_view origin) {
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr, "no memory for a request");
  OpenSslPtr<X509_REQ> request(PEM_read_bio_X509_REQ(bio.get(), nullptr, nullptr, nullptr));
  if (request == nullptr || X509_REQ_get0_pubkey(request.get()) == nullptr) {
    throw openssl_error(ErrorKind::kInvalid,
                        std::string(origin) + ": holds no PEM certificate request that can be read");
  }
  return CertificateRequest(std::move(request));
}

void CertificateRequest::require_acceptable() const {
  if (!proves_possession()) {
    throw Error(ErrorKind::kRefused,
                "the request is not signed by its own key; nobody has proved to have it");
  }
  if (is_weak(public_key())) {
    throw Error(ErrorKind::kRefused, "the key of the request is too weak: " + key_description());
  }
  if (asks_to_be_a_ca(request_.get())) {
    throw Error(ErrorKind::kRefused, "the request asks to be a CA; only 'redis-pki init' makes one");
  }
  subject_alt_names();
}

DistinguishedName CertificateRequest::subject() const {
  DistinguishedName result = to_distinguished_name(X509_REQ_get_subject_name(request_.get()));
  for (const auto& [type, value] : result.attributes) {
    if (OBJ_sn2nid(type.c_str()) == NID_undef || value.empty()) {
      throw Error(ErrorKind::kRefused, "the request's subject has an attribute that we don't know");
    }
  }
  return result;
}

std::vector<SubjectAltName> CertificateRequest::subject_alt_names() const {
  const auto extensions = extensions_of(request_.get());
  if (extensions == nullptr) return {};
  const GeneralNames names(
      static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions.get(), NID_subject_alt_name, nullptr, nullptr)));
  std::vector<SubjectAltName> result;
  for (const SubjectAltName& name : to_subject_alt_names(names.get(), UnknownNames::kRefuse)) {
    result.push_back(parse_subject_alt_name(to_string(name)));  // foreign bytes: they must be well-formed
  }
  return result;
}

std::string CertificateRequest::key_description() const { return describe_key(public_key()); }

EVP_PKEY* CertificateRequest::public_key() const { return X509_REQ_get0_pubkey(request_.get()); }

bool CertificateRequest::proves_possession() const {
  const bool verified = X509_REQ_verify(request_.get(), public_key()) == 1;
  ERR_clear_error();
  return verified;
}

CertificateRequest CertificateRequest::make(const PrivateKey& key, const DistinguishedName& subject,
                                            const std::vector<SubjectAltName>& names) {
  OpenSslPtr<X509_REQ> request(X509_REQ_new());
  require(request != nullptr && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
              X509_REQ_set_subject_name(request.get(), to_x509_name(subject).get()) == 1 &&
              X509_REQ_set_pubkey(request.get(), key.handle()) == 1,
          "no memory for a request");
  if (!names.empty()) {
    const Extensions extensions(sk_X509_EXTENSION_new_null());
    const GeneralNames general_names = to_general_names(names);
    X509_EXTENSION* extension = X509V3_EXT_i2d(NID_subject_alt_name, 1, general_names.get());
    require(extensions != nullptr && extension != nullptr &&
                sk_X509_EXTENSION_push(extensions.get(), extension) > 0 &&
                X509_REQ_add_extensions(request.get(), extensions.get()) == 1,
            "no memory for a request's names");
  }
  require(X509_REQ_sign(request.get(), key.handle(), signature_digest(key.handle())) > 0,
          "can't sign a request");
  return CertificateRequest(std::move(request));
}

std::string CertificateRequest::to_der() const {
  unsigned char* der = nullptr;
  const int length = i2d_X509_REQ(request_.get(), &der);
  const OpenSslPtr<unsigned char> owner(der);
  require(length > 0, "can't encode a request");
  return std::string(reinterpret_cast<char*>(der), static_cast<size_t>(length));
}

std::string CertificateRequest::to_pem() const {
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr && PEM_write_bio_X509_REQ(bio.get(), request_.get()) == 1, "can't encode a request");
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<size_t>(length));
}

}  // namespace pki
