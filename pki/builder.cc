#include "pki/builder.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <string>

#include "pki/openssl_error.h"

namespace pki {
namespace {

struct FreeGeneralNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

void set_random_serial(X509* certificate) {
  // 159 random bits below a set one: always 20 positive octets (RFC 5280, 4.1.2.2).
  constexpr int kBits = 159;
  const OpenSslPtr<BIGNUM> number(BN_new());
  require(number != nullptr && BN_rand(number.get(), kBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
              BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "can't make a serial number");
}

void set_dates(X509* certificate, const CertificateTemplate& wanted) {
  const auto seconds = [](base::Time time) { return static_cast<time_t>(time.time_since_epoch().count()); };
  require(ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(wanted.not_before)) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(wanted.not_after)) != nullptr,
          "can't set the dates of a certificate");
}

void add_extension(X509* certificate, X509V3_CTX* context, int nid, const char* value) {
  const OpenSslPtr<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, context, nid, value));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
          "can't add an extension to a certificate");
}

const char* leaf_key_usage(EVP_PKEY* key, Profile profile) {
  // Only RSA key exchange of TLS 1.2 enciphers keys, and only towards a server.
  const bool enciphers = EVP_PKEY_is_a(key, "RSA") == 1 && serves(profile);
  return enciphers ? "critical,digitalSignature,keyEncipherment" : "critical,digitalSignature";
}

const char* extended_key_usage(Profile profile) {
  switch (profile) {
    case Profile::kServer:
      return "serverAuth";
    case Profile::kClient:
      return "clientAuth";
    case Profile::kPeer:
      return "serverAuth,clientAuth";
  }
  return "";
}

GENERAL_NAME* general_name(const SubjectAltName& name) {
  const auto set_text = [&](int type, int string_type) {
    GENERAL_NAME* entry = GENERAL_NAME_new();
    ASN1_STRING* value = ASN1_STRING_type_new(string_type);
    require(entry != nullptr && value != nullptr &&
                ASN1_STRING_set(value, name.value.data(), static_cast<int>(name.value.size())) == 1,
            "no memory for a name");
    GENERAL_NAME_set0_value(entry, type, value);
    return entry;
  };
  switch (name.kind) {
    case SubjectAltName::Kind::kDns:
      return set_text(GEN_DNS, V_ASN1_IA5STRING);
    case SubjectAltName::Kind::kUri:
      return set_text(GEN_URI, V_ASN1_IA5STRING);
    case SubjectAltName::Kind::kEmail:
      return set_text(GEN_EMAIL, V_ASN1_IA5STRING);
    case SubjectAltName::Kind::kIp:
      break;
  }
  GENERAL_NAME* entry = GENERAL_NAME_new();
  ASN1_OCTET_STRING* bytes = a2i_IPADDRESS(name.value.c_str());
  require(entry != nullptr && bytes != nullptr, "can't encode an IP address");
  GENERAL_NAME_set0_value(entry, GEN_IPADD, bytes);
  return entry;
}

void add_subject_alt_names(X509* certificate, const CertificateTemplate& wanted) {
  if (wanted.subject_alt_names.empty()) return;
  const std::unique_ptr<GENERAL_NAMES, FreeGeneralNames> names(sk_GENERAL_NAME_new_null());
  require(names != nullptr, "no memory for names");
  for (const SubjectAltName& name : wanted.subject_alt_names) {
    require(sk_GENERAL_NAME_push(names.get(), general_name(name)) > 0, "no memory for names");
  }
  const int critical = wanted.subject.attributes.empty() ? 1 : 0;
  require(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), critical, X509V3_ADD_APPEND) == 1,
          "can't add the names to a certificate");
}

void add_extensions(X509* certificate, const CertificateTemplate& wanted, X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  if (wanted.profile) {
    add_extension(certificate, &context, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, &context, NID_key_usage,
                  leaf_key_usage(X509_get0_pubkey(certificate), *wanted.profile));
    add_extension(certificate, &context, NID_ext_key_usage, extended_key_usage(*wanted.profile));
  } else {
    const std::string constraints = "critical,CA:TRUE,pathlen:" + std::to_string(wanted.path_length);
    add_extension(certificate, &context, NID_basic_constraints, constraints.c_str());
    add_extension(certificate, &context, NID_key_usage, "critical,keyCertSign,cRLSign");
  }
  add_extension(certificate, &context, NID_subject_key_identifier, "hash");
  if (issuer != certificate) {
    add_extension(certificate, &context, NID_authority_key_identifier, "keyid:always");
  }
  add_subject_alt_names(certificate, wanted);
}

const EVP_MD* digest_for(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return nullptr;  // it hashes by itself (RFC 8410)
  return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

// `issuer` is null for a self-signed certificate.
Certificate sign(const CertificateTemplate& wanted, EVP_PKEY* public_key, X509* issuer,
                 EVP_PKEY* issuer_key) {
  OpenSslPtr<X509> certificate(X509_new());
  require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1,
          "no memory for a certificate");
  set_random_serial(certificate.get());
  set_dates(certificate.get(), wanted);
  const auto subject = to_x509_name(wanted.subject);
  require(X509_set_subject_name(certificate.get(), subject.get()) == 1 &&
              X509_set_issuer_name(certificate.get(),
                                   issuer != nullptr ? X509_get_subject_name(issuer) : subject.get()) == 1 &&
              X509_set_pubkey(certificate.get(), public_key) == 1,
          "can't fill in a certificate");
  add_extensions(certificate.get(), wanted, issuer != nullptr ? issuer : certificate.get());
  require(X509_sign(certificate.get(), issuer_key, digest_for(issuer_key)) > 0, "can't sign a certificate");
  return Certificate(std::move(certificate));
}

}  // namespace

Certificate sign_certificate(const CertificateTemplate& wanted, EVP_PKEY* public_key,
                             const Certificate& issuer, const PrivateKey& issuer_key) {
  return sign(wanted, public_key, issuer.handle(), issuer_key.handle());
}

Certificate self_sign_certificate(const CertificateTemplate& wanted, const PrivateKey& key) {
  return sign(wanted, key.handle(), nullptr, key.handle());
}

}  // namespace pki
