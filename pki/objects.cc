#include "pki/objects.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <optional>

#include "base/error.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"
#include "pki/pkcs12.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

constexpr size_t kMostObjects = 1000;

// A PEM block, decoded. Wiped after use: it may be a key.
class Block {
 public:
  // The next one; nothing at the end. Throws Error(kInvalid).
  static std::optional<Block> read(BIO* bio, const std::string& origin) {
    char* label = nullptr;
    char* header = nullptr;
    unsigned char* bytes = nullptr;
    long length = 0;
    ERR_clear_error();
    if (PEM_read_bio(bio, &label, &header, &bytes, &length) != 1) {
      const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      if (!at_the_end) throw openssl_error(ErrorKind::kInvalid, origin + ": holds PEM that can't be read");
      ERR_clear_error();
      return std::nullopt;
    }
    return Block(label, header, bytes, length);
  }

  Block(Block&&) = default;
  Block& operator=(Block&&) = default;
  ~Block() {
    if (bytes_ != nullptr) OPENSSL_cleanse(bytes_.get(), static_cast<size_t>(length_));
  }

  std::string_view label() const { return label_.get(); }

  Object parse(const base::Secret& passphrase, const std::string& origin) const {
    if (label().ends_with("CERTIFICATE")) return certificate(origin);
    if (label().ends_with("CERTIFICATE REQUEST")) return CertificateRequest::from_pem(pem().bytes(), origin);
    if (label().ends_with("CRL")) return crl(origin);
    if (label().ends_with("PRIVATE KEY") && !label().starts_with("OPENSSH")) return key(passphrase, origin);
    return OtherBlock{std::string(label())};
  }

 private:
  Block(char* label, char* header, unsigned char* bytes, long length)
      : label_(label), header_(header), bytes_(bytes), length_(length) {}

  Certificate certificate(const std::string& origin) const {
    const unsigned char* at = bytes_.get();
    OpenSslPtr<X509> result(label().starts_with("TRUSTED") ? d2i_X509_AUX(nullptr, &at, length_)
                                                           : d2i_X509(nullptr, &at, length_));
    if (result == nullptr) {
      throw openssl_error(ErrorKind::kInvalid, origin + ": holds a certificate that can't be read");
    }
    return Certificate(std::move(result));
  }

  Crl crl(const std::string& origin) const {
    const unsigned char* at = bytes_.get();
    OpenSslPtr<X509_CRL> result(d2i_X509_CRL(nullptr, &at, length_));
    if (result == nullptr)
      throw openssl_error(ErrorKind::kInvalid, origin + ": holds a CRL that can't be read");
    return Crl(std::move(result));
  }

  Object key(const base::Secret& passphrase, const std::string& origin) const {
    const bool is_encrypted = label().starts_with("ENCRYPTED") ||
                              std::string_view(header_.get()).find("ENCRYPTED") != std::string_view::npos;
    if (is_encrypted && passphrase.empty()) return EncryptedKey{};
    return PrivateKey::from_pem(pem(), passphrase, origin);
  }

  base::Secret pem() const {
    const OpenSslPtr<BIO> bio(BIO_new(BIO_s_secmem()));
    require(
        bio != nullptr && PEM_write_bio(bio.get(), label_.get(), header_.get(), bytes_.get(), length_) > 0,
        "no memory for PEM");
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &data);
    return base::Secret(std::string_view(data, static_cast<size_t>(size)));
  }

  OpenSslPtr<char> label_, header_;
  OpenSslPtr<unsigned char> bytes_;
  long length_;
};

std::vector<Object> parse_pem(const base::Secret& bytes, const base::Secret& passphrase,
                              const std::string& origin) {
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(bytes.bytes().data(), static_cast<int>(bytes.bytes().size())));
  require(bio != nullptr, "no memory for PEM");
  std::vector<Object> objects;
  while (const auto block = Block::read(bio.get(), origin)) {
    if (objects.size() == kMostObjects) throw Error(ErrorKind::kInvalid, origin + ": holds too many objects");
    objects.push_back(block->parse(passphrase, origin));
  }
  return objects;
}

std::vector<Object> parse_der(std::string_view der, const base::Secret& passphrase,
                              const std::string& origin) {
  const auto size = static_cast<long>(der.size());
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  if (OpenSslPtr<X509> certificate{d2i_X509(nullptr, &at, size)}) {
    return {Certificate(std::move(certificate))};
  }
  at = reinterpret_cast<const unsigned char*>(der.data());
  if (OpenSslPtr<X509_CRL> crl{d2i_X509_CRL(nullptr, &at, size)}) return {Crl(std::move(crl))};
  ERR_clear_error();
  if (!is_pkcs12(der)) return {};
  std::vector<Object> objects;
  const KeyStore store = read_pkcs12(der, passphrase, origin);
  if (store.key) objects.emplace_back(*store.key);
  objects.insert(objects.end(), store.chain.begin(), store.chain.end());
  return objects;
}

}  // namespace

std::vector<Object> parse_objects(const base::Secret& bytes, const base::Secret& passphrase,
                                  std::string_view origin) {
  const std::string where(origin);
  const bool is_pem = bytes.bytes().find("-----BEGIN ") != std::string_view::npos;
  auto objects = is_pem ? parse_pem(bytes, passphrase, where) : parse_der(bytes.bytes(), passphrase, where);
  ERR_clear_error();
  return objects;
}

}  // namespace pki
