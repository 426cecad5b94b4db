#include "pki/description.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/error.h"
#include "base/timestamp.h"
#include "pki/crl.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"
#include "pki/pkcs12.h"
#include "pki/request.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;
using Texts = std::vector<std::string>;

constexpr size_t kMostObjects = 1000;

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

Description describe_key_object(const PrivateKey& key) {
  return {"private_key", {{"public_key", {describe_key(key.handle())}}}};
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

std::vector<Description> describe_store(const KeyStore& store) {
  std::vector<Description> result;
  if (store.key) result.push_back(describe_key_object(*store.key));
  for (const Certificate& certificate : store.chain) result.push_back(describe(certificate));
  return result;
}

// The next PEM block; false when there is none. Names and bytes are OpenSSL's.
bool next_block(BIO* bio, std::string& name, std::string& text) {
  char* block_name = nullptr;
  char* header = nullptr;
  unsigned char* bytes = nullptr;
  long length = 0;
  if (PEM_read_bio(bio, &block_name, &header, &bytes, &length) != 1) return false;
  const OpenSslPtr<char> name_owner(block_name);
  const OpenSslPtr<char> header_owner(header);
  const OpenSslPtr<unsigned char> bytes_owner(bytes);
  name = block_name;
  const OpenSslPtr<BIO> again(BIO_new(BIO_s_secmem()));
  require(again != nullptr && PEM_write_bio(again.get(), block_name, header, bytes, length) > 0,
          "no memory for PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(again.get(), &data);
  text.assign(data, static_cast<size_t>(size));
  OPENSSL_cleanse(bytes, static_cast<size_t>(length));
  return true;
}

Description describe_block(const std::string& name, const base::Secret& pem, const base::Secret& passphrase,
                           const std::string& origin) {
  if (name.ends_with("CERTIFICATE")) return describe(parse_certificates(pem.bytes(), origin).front());
  if (name.ends_with("CERTIFICATE REQUEST"))
    return describe(CertificateRequest::from_pem(pem.bytes(), origin));
  if (name.ends_with("CRL")) return describe(parse_crls(pem.bytes(), origin).front());
  if (name.ends_with("PRIVATE KEY")) {
    const bool encrypted = pem.bytes().find("ENCRYPTED") != std::string_view::npos;
    if (encrypted && passphrase.empty()) return {"private_key", {{"encrypted", {"yes"}}}};
    return describe_key_object(PrivateKey::from_pem(pem, passphrase, origin));
  }
  return {"pem", {{"label", {name}}}};
}

std::vector<Description> describe_pem(const base::Secret& bytes, const base::Secret& passphrase,
                                      const std::string& origin) {
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(bytes.bytes().data(), static_cast<int>(bytes.bytes().size())));
  require(bio != nullptr, "no memory to describe");
  std::vector<Description> result;
  std::string name;
  std::string text;
  ERR_clear_error();
  while (next_block(bio.get(), name, text)) {
    if (result.size() == kMostObjects) throw Error(ErrorKind::kInvalid, origin + ": holds too many objects");
    result.push_back(describe_block(name, base::Secret(std::move(text)), passphrase, origin));
  }
  const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!at_the_end) throw openssl_error(ErrorKind::kInvalid, origin + ": holds PEM that can't be read");
  ERR_clear_error();
  return result;
}

std::vector<Description> describe_der(const base::Secret& bytes, const base::Secret& passphrase,
                                      const std::string& origin) {
  const std::string_view der = bytes.bytes();
  const auto size = static_cast<long>(der.size());
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  if (OpenSslPtr<X509> certificate{d2i_X509(nullptr, &at, size)})
    return {describe(Certificate(std::move(certificate)))};
  at = reinterpret_cast<const unsigned char*>(der.data());
  if (OpenSslPtr<X509_CRL> crl{d2i_X509_CRL(nullptr, &at, size)}) return {describe(Crl(std::move(crl)))};
  ERR_clear_error();
  if (is_pkcs12(der)) return describe_store(read_pkcs12(der, passphrase, origin));
  return {};
}

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
  const std::string where(origin);
  const bool pem = bytes.bytes().find("-----BEGIN ") != std::string_view::npos;
  auto result = pem ? describe_pem(bytes, passphrase, where) : describe_der(bytes, passphrase, where);
  ERR_clear_error();
  if (result.empty()) {
    throw Error(ErrorKind::kInvalid,
                where + ": holds no certificate, request, CRL, key or PKCS#12 that can be read");
  }
  return result;
}

}  // namespace pki
