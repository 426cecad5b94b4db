#include "pki/crl.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/words.h"
#include "pki/name.h"
#include "pki/openssl_error.h"
#include "pki/signature.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kMostCrls = 1000;

OpenSslPtr<ASN1_STRING> asn1_time(base::Time time) {
  OpenSslPtr<ASN1_STRING> result(
      ASN1_TIME_set(nullptr, static_cast<time_t>(time.time_since_epoch().count())));
  require(result != nullptr, "no memory for a date");
  return result;
}

OpenSslPtr<ASN1_STRING> asn1_integer(const std::string& hex) {
  BIGNUM* number = nullptr;
  BN_hex2bn(&number, hex.c_str());
  const OpenSslPtr<BIGNUM> owner(number);
  OpenSslPtr<ASN1_STRING> result(number != nullptr ? BN_to_ASN1_INTEGER(number, nullptr) : nullptr);
  require(result != nullptr, "can't encode a serial number");
  return result;
}

struct FreeRevoked {
  void operator()(X509_REVOKED* object) const { X509_REVOKED_free(object); }
};

void add_entry(X509_CRL* crl, const LedgerEntry& entry) {
  std::unique_ptr<X509_REVOKED, FreeRevoked> revoked(X509_REVOKED_new());
  require(revoked != nullptr, "no memory for a CRL");
  X509_REVOKED_set_serialNumber(revoked.get(), asn1_integer(entry.serial).get());
  X509_REVOKED_set_revocationDate(revoked.get(), asn1_time(entry.revocation->at).get());
  if (entry.revocation->reason != RevocationReason::kUnspecified) {
    const OpenSslPtr<ASN1_STRING> reason(ASN1_ENUMERATED_new());
    require(reason != nullptr &&
                ASN1_ENUMERATED_set(reason.get(), static_cast<long>(entry.revocation->reason)) == 1 &&
                X509_REVOKED_add1_ext_i2d(revoked.get(), NID_crl_reason, reason.get(), 0, 0) == 1,
            "can't add a reason to a CRL");
  }
  require(X509_CRL_add0_revoked(crl, revoked.get()) == 1, "no memory for a CRL");
  (void)revoked.release();  // now the CRL's
}

void add_extensions(X509_CRL* crl, X509* issuer, long long number) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, crl, 0);
  const OpenSslPtr<X509_EXTENSION> identifier(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
  const OpenSslPtr<ASN1_STRING> crl_number(ASN1_INTEGER_new());
  require(identifier != nullptr && X509_CRL_add_ext(crl, identifier.get(), -1) == 1 &&
              crl_number != nullptr && ASN1_INTEGER_set_int64(crl_number.get(), number) == 1 &&
              X509_CRL_add1_ext_i2d(crl, NID_crl_number, crl_number.get(), 0, 0) == 1,
          "can't add an extension to a CRL");
}

std::string hex_of(const ASN1_INTEGER* number) {
  const OpenSslPtr<BIGNUM> value(ASN1_INTEGER_to_BN(number, nullptr));
  const OpenSslPtr<char> text(value != nullptr ? BN_bn2hex(value.get()) : nullptr);
  require(text != nullptr, "can't read a serial number");
  return base::lower_case(text.get());
}

}  // namespace

Crl::Crl(OpenSslPtr<X509_CRL> crl) : crl_(crl.release(), OpenSslDelete()) {}

std::string Crl::to_pem() const {
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr && PEM_write_bio_X509_CRL(bio.get(), handle()) == 1, "can't write a CRL");
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &bytes);
  return std::string(bytes, static_cast<size_t>(length));
}

std::string Crl::issuer() const { return describe_name(X509_CRL_get_issuer(handle())); }

DistinguishedName Crl::issuer_name() const { return to_distinguished_name(X509_CRL_get_issuer(handle())); }

base::Time Crl::this_update() const { return to_time(X509_CRL_get0_lastUpdate(handle())); }

std::optional<base::Time> Crl::next_update() const {
  const ASN1_TIME* time = X509_CRL_get0_nextUpdate(handle());
  return time != nullptr ? std::optional(to_time(time)) : std::nullopt;
}

std::optional<std::string> Crl::number() const {
  const OpenSslPtr<ASN1_STRING> number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(handle(), NID_crl_number, nullptr, nullptr)));
  if (number == nullptr) return std::nullopt;
  const OpenSslPtr<BIGNUM> value(ASN1_INTEGER_to_BN(number.get(), nullptr));
  const OpenSslPtr<char> text(value != nullptr ? BN_bn2dec(value.get()) : nullptr);
  return text != nullptr ? std::optional<std::string>(text.get()) : std::nullopt;
}

std::vector<std::string> Crl::serials() const {
  std::vector<std::string> serials;
  STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(handle());
  for (int i = 0; i < sk_X509_REVOKED_num(entries); ++i) {
    serials.push_back(hex_of(X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, i))));
  }
  return serials;
}

bool Crl::is_signed_by(const Certificate& ca) const {
  const bool is_its =
      X509_NAME_cmp(X509_CRL_get_issuer(crl_.get()), X509_get_subject_name(ca.handle())) == 0 &&
      X509_CRL_verify(crl_.get(), X509_get0_pubkey(ca.handle())) == 1;
  ERR_clear_error();
  return is_its;
}

bool Crl::revokes(const Certificate& certificate) const {
  if (X509_NAME_cmp(X509_CRL_get_issuer(handle()), X509_get_issuer_name(certificate.handle())) != 0)
    return false;
  X509_REVOKED* entry = nullptr;
  return X509_CRL_get0_by_cert(handle(), &entry, certificate.handle()) == 1;
}

namespace {

// OpenSSL does so at the first look, under a lock: better now than when the first client waits for it.
void sort_entries(X509_CRL* crl) {
  X509_REVOKED* none = nullptr;
  X509_CRL_get0_by_serial(crl, &none, asn1_integer("0").get());
}

}  // namespace

std::vector<Crl> parse_crls(std::string_view pem, std::string_view origin) {
  const std::string name(origin);
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  require(bio != nullptr, "no memory for a CRL");
  ERR_clear_error();
  std::vector<Crl> crls;
  while (OpenSslPtr<X509_CRL> crl{PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)}) {
    sort_entries(crl.get());
    crls.emplace_back(std::move(crl));
    if (crls.size() > kMostCrls)
      throw Error(ErrorKind::kInvalid, name + ": more than " + std::to_string(kMostCrls) + " CRLs");
  }
  const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_the_end) throw openssl_error(ErrorKind::kInvalid, name + ": holds a CRL that can't be read");
  ERR_clear_error();
  if (crls.empty()) throw Error(ErrorKind::kInvalid, name + ": holds no PEM CRL");
  return crls;
}

Crl sign_crl(const CrlTemplate& wanted, const Certificate& issuer, const PrivateKey& issuer_key) {
  OpenSslPtr<X509_CRL> crl(X509_CRL_new());
  require(crl != nullptr && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(issuer.handle())) == 1 &&
              X509_CRL_set1_lastUpdate(crl.get(), asn1_time(wanted.this_update).get()) == 1 &&
              X509_CRL_set1_nextUpdate(crl.get(), asn1_time(wanted.next_update).get()) == 1,
          "can't fill in a CRL");
  for (const LedgerEntry& entry : wanted.revoked) add_entry(crl.get(), entry);
  X509_CRL_sort(crl.get());
  add_extensions(crl.get(), issuer.handle(), wanted.number);
  require(X509_CRL_sign(crl.get(), issuer_key.handle(), signature_digest(issuer_key.handle())) > 0,
          "can't sign a CRL");
  return Crl(std::move(crl));
}

}  // namespace pki
