#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "acme/jose.h"
#include "pki/home.h"

namespace acme {

// Where a home keeps its account at one server: a folder of its own, 0700, named by a hash of the server's
// URL. Throws Error.
class AccountStore {
 public:
  AccountStore(const pki::Home& home, const std::string& directory_url);

  std::optional<AccountKey> key() const;
  std::string url() const;  // empty while there is none
  bool agreed_to_terms() const;

  // The key is safe on disk before the account is asked for.
  void save_key(const AccountKey& key) const;
  void save_url(const std::string& url, bool agreed_to_terms) const;
  void remove() const;

  // For a change of the key: it lies beside the old one until the server has taken it.
  void stage_key(const AccountKey& key) const;
  std::optional<AccountKey> staged_key() const;
  void promote_staged_key() const;

  const std::filesystem::path& directory() const { return directory_; }

 private:
  nlohmann::json account() const;
  std::filesystem::path key_file() const { return directory_ / "account.key"; }
  std::filesystem::path staged_key_file() const { return directory_ / "new-account.key"; }
  std::filesystem::path account_file() const { return directory_ / "account.json"; }

  std::filesystem::path directory_;
  std::string server_;
};

}  // namespace acme
