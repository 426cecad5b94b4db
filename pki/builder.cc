#include "pki/builder.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string>

#include "pki/general_names.h"
#include "pki/key_encoding.h"
#include "pki/openssl_error.h"
#include "pki/signature.h"

namespace pki {
namespace {

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

// A name with one subtree, which the list of subtrees owns afterwards.
void add_subtree(STACK_OF(GENERAL_SUBTREE) * *subtrees, int type, ASN1_STRING* value) {
  if (*subtrees == nullptr) *subtrees = sk_GENERAL_SUBTREE_new_null();
  GENERAL_SUBTREE* subtree = GENERAL_SUBTREE_new();
  require(subtree != nullptr && value != nullptr && sk_GENERAL_SUBTREE_push(*subtrees, subtree) > 0,
          "no memory for name constraints");
  GENERAL_NAME_set0_value(subtree->base, type, value);
}

ASN1_STRING* asn1_string(int type, std::string_view bytes) {
  ASN1_STRING* value = ASN1_STRING_type_new(type);
  require(value != nullptr && ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1,
          "no memory for a name");
  return value;
}

// RFC 5280, 4.2.1.10. A kind without a permitted name must not occur: hosts and addresses are excluded as a
// whole; e-mail addresses and URIs, of which no exclusion covers all, are permitted only below ".invalid",
// which no one owns (RFC 6761).
void add_name_constraints(X509* certificate, const NameConstraints& wanted) {
  const OpenSslPtr<NAME_CONSTRAINTS> constraints(NAME_CONSTRAINTS_new());
  require(constraints != nullptr, "no memory for name constraints");
  auto** permitted = &constraints->permittedSubtrees;
  auto** excluded = &constraints->excludedSubtrees;
  for (const std::string& name : wanted.dns)
    add_subtree(permitted, GEN_DNS, asn1_string(V_ASN1_IA5STRING, name));
  for (const IpRange& range : wanted.ip) {
    std::string bytes(range.address.begin(), range.address.end());
    bytes.append(range.mask.begin(), range.mask.end());
    add_subtree(permitted, GEN_IPADD, asn1_string(V_ASN1_OCTET_STRING, bytes));
  }
  if (wanted.dns.empty()) add_subtree(excluded, GEN_DNS, asn1_string(V_ASN1_IA5STRING, ""));
  for (const size_t size : {size_t{4}, size_t{16}}) {
    const bool is_permitted = std::any_of(wanted.ip.begin(), wanted.ip.end(),
                                          [&](const IpRange& range) { return range.address.size() == size; });
    if (!is_permitted)
      add_subtree(excluded, GEN_IPADD, asn1_string(V_ASN1_OCTET_STRING, std::string(2 * size, '\0')));
  }
  add_subtree(permitted, GEN_EMAIL, asn1_string(V_ASN1_IA5STRING, ".invalid"));
  add_subtree(permitted, GEN_URI, asn1_string(V_ASN1_IA5STRING, ".invalid"));
  require(X509_add1_ext_i2d(certificate, NID_name_constraints, constraints.get(), 1, X509V3_ADD_APPEND) == 1,
          "can't add name constraints");
}

void copy_name_constraints(X509* certificate, const X509* like) {
  const int index = X509_get_ext_by_NID(like, NID_name_constraints, -1);
  if (index < 0) return;
  require(X509_add_ext(certificate, X509_get_ext(like, index), -1) == 1, "can't add name constraints");
}

void add_subject_alt_names(X509* certificate, const CertificateTemplate& wanted) {
  if (wanted.subject_alt_names.empty()) return;
  const GeneralNames names = to_general_names(wanted.subject_alt_names);
  const int critical = wanted.subject.attributes.empty() ? 1 : 0;
  require(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), critical, X509V3_ADD_APPEND) == 1,
          "can't add the names to a certificate");
}

void add_extensions(X509* certificate, const CertificateTemplate& wanted, EVP_PKEY* public_key,
                    X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  if (wanted.profile) {
    add_extension(certificate, &context, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(certificate, &context, NID_key_usage, leaf_key_usage(public_key, *wanted.profile));
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
  if (wanted.name_constraints) add_name_constraints(certificate, *wanted.name_constraints);
  if (wanted.constrained_like) copy_name_constraints(certificate, wanted.constrained_like->handle());
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
              (set_public_key(certificate.get(), public_key) ||
               X509_set_pubkey(certificate.get(), public_key) == 1),
          "can't fill in a certificate");
  add_extensions(certificate.get(), wanted, public_key, issuer != nullptr ? issuer : certificate.get());
  require(X509_sign(certificate.get(), issuer_key, signature_digest(issuer_key)) > 0,
          "can't sign a certificate");
  return Certificate::for_writing(std::move(certificate));
}

}  // namespace

Certificate sign_certificate(const CertificateTemplate& wanted, EVP_PKEY* public_key,
                             const Certificate& issuer, const PrivateKey& issuer_key) {
  return sign_for_writing(wanted, public_key, issuer, issuer_key).read_again();
}

Certificate sign_for_writing(const CertificateTemplate& wanted, EVP_PKEY* public_key,
                             const Certificate& issuer, const PrivateKey& issuer_key) {
  return sign(wanted, public_key, issuer.handle(), issuer_key.handle());
}

Certificate self_sign_certificate(const CertificateTemplate& wanted, const PrivateKey& key) {
  return sign(wanted, key.handle(), nullptr, key.handle()).read_again();
}

}  // namespace pki
