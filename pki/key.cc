#include "pki/key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/error.h"
#include "pki/key_encoding.h"
#include "pki/openssl_error.h"
#include "pki/openssl_ptr.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

struct KeyTypeName {
  KeyType type;
  std::string_view name;
};

constexpr std::array<KeyTypeName, 6> kNames{{{KeyType::kEcP256, "ec-p256"},
                                             {KeyType::kEcP384, "ec-p384"},
                                             {KeyType::kEd25519, "ed25519"},
                                             {KeyType::kRsa2048, "rsa-2048"},
                                             {KeyType::kRsa3072, "rsa-3072"},
                                             {KeyType::kRsa4096, "rsa-4096"}}};

OpenSslPtr<EVP_PKEY_CTX> begin_generation(const char* algorithm) {
  OpenSslPtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  require(context != nullptr && EVP_PKEY_keygen_init(context.get()) == 1, "can't generate keys");
  return context;
}

OpenSslPtr<EVP_PKEY_CTX> ec_generation(const char* group) {
  auto context = begin_generation("EC");
  require(EVP_PKEY_CTX_set_group_name(context.get(), group) == 1, "can't generate EC keys");
  return context;
}

OpenSslPtr<EVP_PKEY_CTX> rsa_generation(int bits) {
  auto context = begin_generation("RSA");
  require(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), bits) == 1, "can't generate RSA keys");
  return context;
}

OpenSslPtr<EVP_PKEY_CTX> generation_of(KeyType type) {
  switch (type) {
    case KeyType::kEcP256:
      return ec_generation("P-256");
    case KeyType::kEcP384:
      return ec_generation("P-384");
    case KeyType::kEd25519:
      return begin_generation("ED25519");
    case KeyType::kRsa2048:
      return rsa_generation(2048);
    case KeyType::kRsa3072:
      return rsa_generation(3072);
    case KeyType::kRsa4096:
      return rsa_generation(4096);
  }
  return nullptr;
}

std::shared_ptr<EVP_PKEY> share(EVP_PKEY* key) { return {key, OpenSslDelete()}; }

int give_passphrase(char* buffer, int size, int /*for_writing*/, void* user) {
  const auto& passphrase = *static_cast<const base::Secret*>(user);
  if (passphrase.empty() || passphrase.bytes().size() > static_cast<size_t>(size)) return -1;
  std::memcpy(buffer, passphrase.bytes().data(), passphrase.bytes().size());
  return static_cast<int>(passphrase.bytes().size());
}

// A memory BIO whose buffer OpenSSL wipes when it frees or moves it.
OpenSslPtr<BIO> secret_bio() {
  OpenSslPtr<BIO> bio(BIO_new(BIO_s_secmem()));
  require(bio != nullptr, "no memory for a key");
  return bio;
}

base::Secret take(BIO* bio) {
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(bio, &bytes);
  return base::Secret(std::string_view(bytes, static_cast<size_t>(length)));
}

struct FreeX509Sig {
  void operator()(X509_SIG* object) const { X509_SIG_free(object); }
};
struct FreeX509Algor {
  void operator()(X509_ALGOR* object) const { X509_ALGOR_free(object); }
};
struct FreePkcs8 {
  void operator()(PKCS8_PRIV_KEY_INFO* object) const { PKCS8_PRIV_KEY_INFO_free(object); }
};

}  // namespace

std::string_view to_string(KeyType type) {
  return std::find_if(kNames.begin(), kNames.end(), [&](const auto& entry) { return entry.type == type; })
      ->name;
}

KeyType parse_key_type(std::string_view text) {
  std::string known;
  for (const auto& [type, name] : kNames) {
    if (name == text) return type;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw Error(ErrorKind::kUsage, "unknown key type '" + std::string(text) + "'; there are " + known);
}

const std::vector<KeyType>& all_key_types() {
  static const std::vector<KeyType> types = [] {
    std::vector<KeyType> result;
    for (const auto& entry : kNames) result.push_back(entry.type);
    return result;
  }();
  return types;
}

PrivateKey PrivateKey::generate(KeyType type) { return KeyGenerator().generate(type); }

namespace {

int is_before_end(EVP_PKEY_CTX* context) {
  using TimePoint = std::chrono::steady_clock::time_point;
  const auto& end = *static_cast<const TimePoint*>(EVP_PKEY_CTX_get_app_data(context));
  return std::chrono::steady_clock::now() < end ? 1 : 0;
}

}  // namespace

std::optional<PrivateKey> PrivateKey::generate_until(KeyType type,
                                                     std::chrono::steady_clock::time_point end) {
  const auto context = generation_of(type);
  EVP_PKEY_CTX_set_app_data(context.get(), &end);
  EVP_PKEY_CTX_set_cb(context.get(), is_before_end);
  EVP_PKEY* key = nullptr;
  const bool done = EVP_PKEY_generate(context.get(), &key) == 1;
  ERR_clear_error();
  if (!done && std::chrono::steady_clock::now() >= end) return std::nullopt;
  require(done, "can't generate a key");
  return adopt(key);
}

PrivateKey KeyGenerator::generate(KeyType type) {
  auto& context = contexts_[type];
  if (context == nullptr) context = generation_of(type);
  EVP_PKEY* key = nullptr;
  require(EVP_PKEY_generate(context.get(), &key) == 1, "can't generate a key");
  return PrivateKey::adopt(key);
}

PrivateKey PrivateKey::from_pem(const base::Secret& pem, const base::Secret& passphrase,
                                std::string_view origin) {
  const OpenSslPtr<BIO> bio(BIO_new_mem_buf(pem.bytes().data(), static_cast<int>(pem.bytes().size())));
  require(bio != nullptr, "no memory for a key");
  base::Secret given = passphrase.copy();
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &given);
  if (key != nullptr) return PrivateKey(share(key));

  const std::string name(origin);
  const bool encrypted = pem.bytes().find("ENCRYPTED") != std::string_view::npos;
  if (encrypted && passphrase.empty()) {
    throw openssl_error(ErrorKind::kInvalid, name + ": the key is encrypted and no passphrase was given");
  }
  throw openssl_error(ErrorKind::kInvalid,
                      name + (encrypted ? ": can't decrypt the private key; is the passphrase right?"
                                        : ": holds no PEM private key that can be read"));
}

PrivateKey PrivateKey::adopt(EVP_PKEY* key) { return PrivateKey(share(key)); }

base::Secret PrivateKey::to_pem() const {
  const auto bio = secret_bio();
  if (const auto der = encode_private_key(key_.get())) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der->bytes().data());
    require(
        PEM_write_bio(bio.get(), PEM_STRING_PKCS8INF, "", bytes, static_cast<long>(der->bytes().size())) > 0,
        "can't write a private key");
    return take(bio.get());
  }
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "can't write a private key");
  return take(bio.get());
}

base::Secret PrivateKey::to_pem(const base::Secret& passphrase) const {
  if (passphrase.empty()) return to_pem();
  std::array<unsigned char, 16> salt{};
  require(RAND_bytes(salt.data(), static_cast<int>(salt.size())) == 1, "no randomness");
  // N = 2^14, r = 8, p = 1: 16 MiB, the most that OpenSSL's reader accepts by default with room to spare.
  std::unique_ptr<X509_ALGOR, FreeX509Algor> algorithm(PKCS5_pbe2_set_scrypt(
      EVP_aes_256_cbc(), salt.data(), static_cast<int>(salt.size()), nullptr, uint64_t{1} << 14, 8, 1));
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreePkcs8> plain(EVP_PKEY2PKCS8(key_.get()));
  require(algorithm != nullptr && plain != nullptr, "can't encrypt a private key");
  const std::unique_ptr<X509_SIG, FreeX509Sig> encrypted(PKCS8_set0_pbe(
      passphrase.bytes().data(), static_cast<int>(passphrase.bytes().size()), plain.get(), algorithm.get()));
  require(encrypted != nullptr, "can't encrypt a private key");
  (void)algorithm.release();  // now part of `encrypted`
  const auto bio = secret_bio();
  require(PEM_write_bio_PKCS8(bio.get(), encrypted.get()) == 1, "can't write a private key");
  return take(bio.get());
}

KeyType type_of(const EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyType::kEd25519;
  if (EVP_PKEY_is_a(key, "RSA") != 1) return bits <= 256 ? KeyType::kEcP256 : KeyType::kEcP384;
  if (bits <= 2048) return KeyType::kRsa2048;
  return bits <= 3072 ? KeyType::kRsa3072 : KeyType::kRsa4096;
}

std::string describe_key(EVP_PKEY* key) {
  if (key == nullptr) return "unknown key";
  if (EVP_PKEY_is_a(key, "RSA") == 1) return "RSA " + std::to_string(EVP_PKEY_get_bits(key));
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return "Ed25519";
  if (EVP_PKEY_is_a(key, "EC") == 1) {
    char group[40] = "";
    size_t length = 0;
    EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &length);
    const std::string_view name(group, length);
    if (name == "prime256v1") return "EC P-256";
    if (name == "secp384r1") return "EC P-384";
    return "EC " + std::string(name);
  }
  const char* name = EVP_PKEY_get0_type_name(key);
  return name != nullptr ? name : "unknown key";
}

}  // namespace pki
