#include "pki/certificate.h"

#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "base/error.h"
#include "base/hex.h"
#include "base/words.h"
#include "pki/general_names.h"
#include "pki/name.h"
#include "pki/openssl_error.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kMostCertificates = 1000;

}  // namespace

base::Time to_time(const ASN1_TIME* time) {
  std::tm fields{};
  if (ASN1_TIME_to_tm(time, &fields) != 1) {
    throw openssl_error(ErrorKind::kInvalid, "a date can't be read");
  }
  return base::Time(std::chrono::seconds(::timegm(&fields)));
}

Certificate::Certificate(OpenSslPtr<X509> certificate) : Certificate(for_writing(std::move(certificate))) {
  X509_check_purpose(handle(), -1, 0);  // makes OpenSSL cache the extensions now, before threads share it
}

Certificate Certificate::for_writing(OpenSslPtr<X509> certificate) {
  Certificate result;
  result.state_->certificate = std::move(certificate);
  return result;
}

Certificate Certificate::share(X509* certificate) {
  X509_up_ref(certificate);
  return Certificate(OpenSslPtr<X509>(certificate));
}

const std::string& Certificate::to_der() const {
  std::call_once(state_->der_made, [&] {
    unsigned char* der = nullptr;
    const int length = i2d_X509(handle(), &der);
    const OpenSslPtr<unsigned char> owner(der);
    require(length > 0, "can't write a certificate");
    state_->der.assign(reinterpret_cast<char*>(der), static_cast<size_t>(length));
  });
  return state_->der;
}

const std::string& Certificate::to_pem() const {
  std::call_once(state_->pem_made, [&] {
    const auto* der = reinterpret_cast<const unsigned char*>(to_der().data());
    const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
    require(bio != nullptr &&
                PEM_write_bio(bio.get(), PEM_STRING_X509, "", der, static_cast<long>(to_der().size())) > 0,
            "can't write a certificate");
    char* bytes = nullptr;
    const long length = BIO_get_mem_data(bio.get(), &bytes);
    state_->pem.assign(bytes, static_cast<size_t>(length));
  });
  return state_->pem;
}

Certificate Certificate::read_again() const {
  const auto* der = reinterpret_cast<const unsigned char*>(to_der().data());
  OpenSslPtr<X509> copy(d2i_X509(nullptr, &der, static_cast<long>(to_der().size())));
  require(copy != nullptr, "can't read a certificate again");
  return Certificate(std::move(copy));
}

std::string Certificate::sha256() const {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  require(EVP_Digest(to_der().data(), to_der().size(), digest.data(), &length, EVP_sha256(), nullptr) == 1,
          "can't hash a certificate");
  return base::to_hex({digest.data(), length});
}

std::string Certificate::serial() const {
  const OpenSslPtr<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(handle()), nullptr));
  require(number != nullptr, "can't read a serial number");
  const OpenSslPtr<char> text(BN_bn2hex(number.get()));
  require(text != nullptr, "can't read a serial number");
  return base::lower_case(text.get());
}

std::string Certificate::authority_key_identifier() const {
  const ASN1_OCTET_STRING* id = X509_get0_authority_key_id(handle());
  if (id == nullptr) return "";
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(id)),
          static_cast<size_t>(ASN1_STRING_length(id))};
}

std::string Certificate::subject() const { return describe_name(X509_get_subject_name(handle())); }
std::string Certificate::issuer() const { return describe_name(X509_get_issuer_name(handle())); }

DistinguishedName Certificate::subject_name() const {
  return to_distinguished_name(X509_get_subject_name(handle()));
}

DistinguishedName Certificate::issuer_name() const {
  return to_distinguished_name(X509_get_issuer_name(handle()));
}

std::string Certificate::common_name() const {
  const X509_NAME* name = X509_get_subject_name(handle());
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return "";
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  const OpenSslPtr<unsigned char> owner(utf8);
  return length > 0 ? std::string(reinterpret_cast<char*>(utf8), static_cast<size_t>(length)) : "";
}

std::vector<SubjectAltName> Certificate::subject_alt_names() const {
  const GeneralNames names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(handle(), NID_subject_alt_name, nullptr, nullptr)));
  return to_subject_alt_names(names.get(), UnknownNames::kSkip);
}

base::Time Certificate::not_before() const { return to_time(X509_get0_notBefore(handle())); }
base::Time Certificate::not_after() const { return to_time(X509_get0_notAfter(handle())); }

bool Certificate::is_ca() const { return (X509_get_extension_flags(handle()) & EXFLAG_CA) != 0; }

bool Certificate::is_self_issued() const { return (X509_get_extension_flags(handle()) & EXFLAG_SI) != 0; }

bool Certificate::issued(const Certificate& other) const {
  const bool fits = X509_check_issued(handle(), other.handle()) == X509_V_OK &&
                    X509_verify(other.handle(), X509_get0_pubkey(handle())) == 1;
  ERR_clear_error();
  return fits;
}

bool Certificate::permits_names_of(const Certificate& leaf) const {
  const OpenSslPtr<NAME_CONSTRAINTS> constraints(
      static_cast<NAME_CONSTRAINTS*>(X509_get_ext_d2i(handle(), NID_name_constraints, nullptr, nullptr)));
  if (constraints == nullptr) return true;
  X509_check_purpose(leaf.handle(), -1, 0);  // the check reads what this caches
  return NAME_CONSTRAINTS_check(leaf.handle(), constraints.get()) == X509_V_OK &&
         NAME_CONSTRAINTS_check_CN(leaf.handle(), constraints.get()) == X509_V_OK;
}

bool Certificate::allows_server_auth() const {
  return (X509_get_extended_key_usage(handle()) & (XKU_SSL_SERVER | XKU_ANYEKU)) != 0;
}

bool Certificate::allows_client_auth() const {
  return (X509_get_extended_key_usage(handle()) & (XKU_SSL_CLIENT | XKU_ANYEKU)) != 0;
}

bool Certificate::matches(const PrivateKey& key) const {
  const bool same = X509_check_private_key(handle(), key.handle()) == 1;
  ERR_clear_error();
  return same;
}

std::string Certificate::key_description() const { return describe_key(X509_get0_pubkey(handle())); }

bool Certificate::operator==(const Certificate& other) const {
  return X509_cmp(handle(), other.handle()) == 0;
}

std::vector<Certificate> parse_certificates(std::string_view pem, std::string_view origin) {
  const std::string name(origin);
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr, "no memory for a certificate");
  ERR_clear_error();
  std::vector<Certificate> certificates;
  while (OpenSslPtr<X509> certificate{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    certificates.emplace_back(std::move(certificate));
    if (certificates.size() > kMostCertificates) {
      throw Error(ErrorKind::kInvalid,
                  name + ": more than " + std::to_string(kMostCertificates) + " certificates");
    }
  }
  const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_the_end)
    throw openssl_error(ErrorKind::kInvalid, name + ": holds a certificate that can't be read");
  ERR_clear_error();
  if (certificates.empty()) throw Error(ErrorKind::kInvalid, name + ": holds no PEM certificate");
  return certificates;
}

std::string to_pem(const std::vector<Certificate>& certificates) {
  std::string pem;
  for (const Certificate& certificate : certificates) pem += certificate.to_pem();
  return pem;
}

}  // namespace pki
