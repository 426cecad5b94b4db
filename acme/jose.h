#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "pki/key.h"

namespace acme {

// RFC 4648, section 5, without padding.
std::string to_base64url(std::string_view bytes);

// A key that signs for an account: EC P-256 (ES256), P-384 (ES384), Ed25519 (EdDSA) or RSA (RS256).
class AccountKey {
 public:
  // Throws Error(kUsage) for another key.
  explicit AccountKey(pki::PrivateKey key);

  nlohmann::json jwk() const;      // the public half (RFC 7517)
  std::string thumbprint() const;  // of it, base64url (RFC 7638)
  std::string algorithm() const { return algorithm_; }
  std::string sign(std::string_view bytes) const;  // as JWS wants it (RFC 7518, 3.4)

  const pki::PrivateKey& key() const { return key_; }

 private:
  pki::PrivateKey key_;
  std::string algorithm_;
};

// A JWS in flattened JSON (RFC 7515, 7.2.2). `header` is all but "alg". An empty payload is an empty string,
// as POST-as-GET wants it (RFC 8555, 6.3).
std::string make_jws(const AccountKey& key, nlohmann::json header, std::string_view payload);

// The external account binding of a new account (RFC 8555, 7.3.4), signed with HS256. `hmac_key` is
// base64url, as the CA hands it out. Throws Error(kInvalid) when it isn't.
nlohmann::json bind_external_account(const nlohmann::json& jwk, const std::string& url,
                                     const std::string& key_id, const base::Secret& hmac_key);

}  // namespace acme
