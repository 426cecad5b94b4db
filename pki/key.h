#pragma once

#include <openssl/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "pki/openssl_ptr.h"

namespace pki {

enum class KeyType { kEcP256, kEcP384, kEd25519, kRsa2048, kRsa3072, kRsa4096 };

// "ec-p256" and so on; parse throws Error(kUsage) and names what there is.
std::string_view to_string(KeyType type);
KeyType parse_key_type(std::string_view text);
const std::vector<KeyType>& all_key_types();

// A private key with its public half. Immutable; copies share one key, which is wiped with the last of them.
class PrivateKey {
 public:
  static PrivateKey generate(KeyType type);

  // The same; nothing when it isn't found by then: large RSA keys are a matter of luck.
  static std::optional<PrivateKey> generate_until(KeyType type, std::chrono::steady_clock::time_point end);

  // Reads a PEM key, encrypted or not. `origin` names it in errors. Throws Error(kInvalid), also when the
  // key is encrypted and the passphrase is empty or wrong.
  static PrivateKey from_pem(const base::Secret& pem, const base::Secret& passphrase,
                             std::string_view origin);

  // Takes ownership.
  static PrivateKey adopt(EVP_PKEY* key);

  // PKCS#8 PEM (RFC 5958). With a passphrase it is encrypted with AES-256-CBC under scrypt (RFC 7914).
  base::Secret to_pem() const;
  base::Secret to_pem(const base::Secret& passphrase) const;

  EVP_PKEY* handle() const { return key_.get(); }

 private:
  explicit PrivateKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}
  std::shared_ptr<EVP_PKEY> key_;
};

// Makes keys; what OpenSSL prepares for a type is kept for the next one. Belongs to one thread.
class KeyGenerator {
 public:
  PrivateKey generate(KeyType type);

 private:
  std::map<KeyType, OpenSslPtr<EVP_PKEY_CTX>> contexts_;
};

// The nearest one, for a key that was made elsewhere.
KeyType type_of(const EVP_PKEY* key);

// "EC P-256", "RSA 2048", "Ed25519": a key in words, private or public.
std::string describe_key(EVP_PKEY* key);

}  // namespace pki
