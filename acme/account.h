#pragma once

#include <optional>
#include <string>
#include <vector>

#include "acme/transport.h"
#include "base/secret.h"
#include "pki/certificate.h"

namespace acme {

// What is asked of a new account (RFC 8555, 7.3).
struct Registration {
  std::vector<std::string> contacts;  // "mailto:…"
  bool agrees_to_terms = false;
  std::string external_key_id;  // empty for none
  base::Secret external_hmac_key;
};

// What the server says of one.
struct AccountState {
  std::string status;
  std::vector<std::string> contacts;
  std::string orders;  // the URL of its list; empty where the CA has none
};

// An account at one server. Every function throws Error.
class Account {
 public:
  // Makes one for the key, or finds the one that it has.
  static Account register_at(Transport& transport, AccountKey key, const Registration& registration);

  // The one that the key has.
  static Account find(Transport& transport, AccountKey key);

  // One that is known already.
  Account(Transport& transport, AccountKey key, std::string url)
      : transport_(&transport), key_(std::move(key)), url_(std::move(url)) {}

  const std::string& url() const { return url_; }
  const AccountKey& key() const { return key_; }

  AccountState state();
  AccountState update(const std::vector<std::string>& contacts);
  void deactivate();

  // The URLs of its latest orders, as far as the CA lists them. Throws Refusal too.
  std::vector<std::string> orders();

  void rotate_key(AccountKey new_key);

  // Declares a certificate invalid (RFC 8555, 7.6), with a reason code of RFC 5280; when the account may not,
  // signed by the certificate's key. It is no error when it is so already.
  void revoke(const pki::Certificate& certificate, const pki::PrivateKey& key, int reason);

  // POSTs, signed by the account. Throws as Transport::post().
  http::Response post(const std::string& url, std::string_view payload, Repeat repeat = Repeat::kOften);

 private:
  Transport* transport_;
  AccountKey key_;
  std::string url_;
};

}  // namespace acme
