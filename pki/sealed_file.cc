#include "pki/sealed_file.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/error.h"
#include "pki/openssl_error.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view kMagic = "redis-pki backup 1\n";
constexpr size_t kSaltSize = 16;
constexpr size_t kNonceSize = 12;
constexpr size_t kTagSize = 16;
constexpr size_t kChunk = 1024 * 1024;
constexpr uint64_t kScryptMemory = uint64_t{64} << 20;

using Nonce = std::array<uint8_t, kNonceSize>;

struct Key {
  std::array<uint8_t, 32> bytes{};
  ~Key() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void derive(Key& key, const base::Secret& passphrase, std::string_view salt) {
  require(EVP_PBE_scrypt(passphrase.bytes().data(), passphrase.bytes().size(), bytes_of(salt), salt.size(),
                         uint64_t{1} << 15, 8, 1, kScryptMemory, key.bytes.data(), key.bytes.size()) == 1,
          "can't derive a key from the passphrase");
}

// The file's nonce with the number of the chunk in its last eight bytes.
Nonce nonce_of(std::string_view base, uint64_t chunk) {
  Nonce nonce{};
  std::copy(base.begin(), base.end(), nonce.begin());
  for (size_t i = 0; i < 8; ++i) {
    nonce[kNonceSize - 1 - i] = static_cast<uint8_t>(nonce[kNonceSize - 1 - i] ^ (chunk >> (8 * i)));
  }
  return nonce;
}

// Marks the last chunk, so that no chunk can be cut off unseen.
std::string_view label_of(bool is_last) { return is_last ? "last" : "more"; }

std::string encrypt(const Key& key, const Nonce& nonce, std::string_view plain, bool is_last) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  const std::string_view label = label_of(is_last);
  std::string out(plain.size() + kTagSize, '\0');
  int length = 0;
  int rest = 0;
  require(
      cipher != nullptr &&
          EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(), nonce.data()) == 1 &&
          EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(label),
                            static_cast<int>(label.size())) == 1 &&
          EVP_EncryptUpdate(cipher.get(), bytes_of(out), &length, bytes_of(plain),
                            static_cast<int>(plain.size())) == 1 &&
          EVP_EncryptFinal_ex(cipher.get(), bytes_of(out) + length, &rest) == 1 &&
          EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTagSize, bytes_of(out) + plain.size()) ==
              1,
      "can't encrypt");
  return out;
}

// False when the chunk is not authentic.
bool decrypt(const Key& key, const Nonce& nonce, std::string_view sealed, bool is_last, std::string& out) {
  const Cipher cipher(EVP_CIPHER_CTX_new());
  const std::string_view label = label_of(is_last);
  const size_t size = sealed.size() - kTagSize;
  std::string tag(sealed.substr(size));
  const size_t start = out.size();
  out.resize(start + size);
  int length = 0;
  int rest = 0;
  const bool ok =
      cipher != nullptr &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(), nonce.data()) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes_of(label), static_cast<int>(label.size())) ==
          1 &&
      EVP_DecryptUpdate(cipher.get(), bytes_of(out) + start, &length, bytes_of(sealed),
                        static_cast<int>(size)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTagSize, bytes_of(tag)) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes_of(out) + start + length, &rest) == 1;
  ERR_clear_error();
  return ok;
}

}  // namespace

base::Secret seal(std::string_view bytes, const base::Secret& passphrase) {
  std::string header(kSaltSize + kNonceSize, '\0');
  require(RAND_bytes(bytes_of(header), static_cast<int>(header.size())) == 1, "no randomness");
  Key key;
  derive(key, passphrase, std::string_view(header).substr(0, kSaltSize));
  const std::string nonce = header.substr(kSaltSize);
  std::string out = std::string(kMagic) + header;
  uint64_t chunk = 0;
  do {
    const std::string_view plain = bytes.substr(0, kChunk);
    bytes.remove_prefix(plain.size());
    out += encrypt(key, nonce_of(nonce, chunk++), plain, bytes.empty());
  } while (!bytes.empty());
  return base::Secret(std::move(out));
}

base::Secret unseal(std::string_view sealed, const base::Secret& passphrase, std::string_view origin) {
  const std::string where(origin);
  if (!sealed.starts_with(kMagic) || sealed.size() < kMagic.size() + kSaltSize + kNonceSize + kTagSize) {
    throw Error(ErrorKind::kInvalid, where + ": is no backup of redis-pki");
  }
  sealed.remove_prefix(kMagic.size());
  Key key;
  derive(key, passphrase, sealed.substr(0, kSaltSize));
  const std::string_view nonce = sealed.substr(kSaltSize, kNonceSize);
  sealed.remove_prefix(kSaltSize + kNonceSize);
  std::string out;
  out.reserve(sealed.size());  // so that no copy is left behind in memory
  for (uint64_t chunk = 0;; ++chunk) {
    const std::string_view piece = sealed.substr(0, kChunk + kTagSize);
    sealed.remove_prefix(piece.size());
    if (piece.size() < kTagSize || !decrypt(key, nonce_of(nonce, chunk), piece, sealed.empty(), out)) {
      base::wipe(out);
      throw Error(ErrorKind::kInvalid, where + ": the passphrase is wrong, or the file is damaged");
    }
    if (sealed.empty()) return base::Secret(std::move(out));
  }
}

}  // namespace pki
