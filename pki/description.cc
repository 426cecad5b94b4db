#include "pki/description.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/timestamp.h"
#include "pki/objects.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;
using Texts = std::vector<std::string>;

Texts texts_of(const std::vector<SubjectAltName>& names) {
  Texts texts;
  for (const SubjectAltName& name : names) texts.push_back(to_string(name));
  return texts;
}

Texts texts_of(const DistinguishedName& name) { return {describe_name(to_x509_name(name).get())}; }

// An extension as OpenSSL prints it, on one line.
Texts extension_text(X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  if (at < 0) return {};
  const OpenSslPtr<BIO> bio(BIO_new(BIO_s_mem()));
  require(bio != nullptr, "no memory to describe");
  X509V3_EXT_print(bio.get(), X509_get_ext(certificate, at), X509V3_EXT_PARSE_UNKNOWN, 0);
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &bytes);
  std::string text(bytes, static_cast<size_t>(length));
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  return {text};
}

std::string signature_name(const X509* certificate) {
  const int nid = X509_get_signature_nid(certificate);
  return nid == NID_undef ? "unknown" : OBJ_nid2ln(nid);
}

Description describe(const CertificateRequest& request) {
  return {"certificate_request",
          {{"subject", texts_of(request.subject())},
           {"subject_alt_names", texts_of(request.subject_alt_names())},
           {"public_key", {request.key_description()}},
           {"proves_possession", {request.proves_possession() ? "yes" : "no"}}}};
}

Description describe(const Crl& crl) {
  const auto next = crl.next_update();
  const auto number = crl.number();
  return {"crl",
          {{"issuer", {crl.issuer()}},
           {"number", number ? Texts{*number} : Texts{}},
           {"this_update", {base::format_timestamp(crl.this_update())}},
           {"next_update", next ? Texts{base::format_timestamp(*next)} : Texts{}},
           {"revoked", crl.serials()}}};
}

// In words; of a private key only its type.
struct Describer {
  Description operator()(const Certificate& certificate) const { return pki::describe(certificate); }
  Description operator()(const CertificateRequest& request) const { return describe(request); }
  Description operator()(const Crl& crl) const { return describe(crl); }
  Description operator()(const OtherBlock& block) const { return {"pem", {{"label", {block.label}}}}; }
  Description operator()(const EncryptedKey&) const { return {"private_key", {{"encrypted", {"yes"}}}}; }
  Description operator()(const PrivateKey& key) const {
    return {"private_key", {{"public_key", {describe_key(key.handle())}}}};
  }
};

}  // namespace

Description describe(const Certificate& certificate) {
  Description result{"certificate",
                     {{"subject", {certificate.subject()}},
                      {"issuer", {certificate.issuer()}},
                      {"serial", {certificate.serial()}},
                      {"sha256", {certificate.sha256()}},
                      {"not_before", {base::format_timestamp(certificate.not_before())}},
                      {"not_after", {base::format_timestamp(certificate.not_after())}},
                      {"subject_alt_names", texts_of(certificate.subject_alt_names())},
                      {"public_key", {certificate.key_description()}},
                      {"signature", {signature_name(certificate.handle())}}}};
  for (const auto& [name, nid] : {std::pair{"basic_constraints", NID_basic_constraints},
                                  {"key_usage", NID_key_usage},
                                  {"extended_key_usage", NID_ext_key_usage},
                                  {"name_constraints", NID_name_constraints}}) {
    result.fields.emplace_back(name, extension_text(certificate.handle(), nid));
  }
  return result;
}

std::vector<Description> describe_bytes(const base::Secret& bytes, const base::Secret& passphrase,
                                        std::string_view origin) {
  std::vector<Description> result;
  for (const Object& object : parse_objects(bytes, passphrase, origin)) {
    result.push_back(std::visit(Describer(), object));
  }
  if (result.empty()) {
    throw Error(
        ErrorKind::kInvalid,
        std::string(origin) + ": holds no certificate, request, CRL, key or PKCS#12 that can be read");
  }
  return result;
}

}  // namespace pki
