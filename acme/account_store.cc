#include "acme/account_store.h"

#include "base/error.h"
#include "base/file.h"
#include "pki/digest.h"

namespace acme {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr size_t kNameLength = 16;  // of the hash

std::optional<AccountKey> read_key(const fs::path& file) {
  if (!fs::exists(file)) return std::nullopt;
  return AccountKey(pki::PrivateKey::from_pem(base::read_secret_file(file), {}, file.native()));
}

void write_key(const fs::path& file, const AccountKey& key) {
  base::make_directories(file.parent_path(), 0700);
  base::write_file(file, key.key().to_pem().bytes(), {.mode = 0600});
}

}  // namespace

AccountStore::AccountStore(const pki::Home& home, const std::string& directory_url)
    : directory_(home.acme_accounts() / pki::sha256_of({directory_url}).substr(0, kNameLength)),
      server_(directory_url) {}

std::optional<AccountKey> AccountStore::key() const { return read_key(key_file()); }

json AccountStore::account() const {
  if (!fs::exists(account_file())) return json::object();
  json account = json::parse(base::read_file(account_file()), nullptr, false);
  return account.is_object() ? account : json::object();
}

std::string AccountStore::url() const { return account().value("url", ""); }

bool AccountStore::agreed_to_terms() const { return account().value("agreed_to_terms", false); }

void AccountStore::save_key(const AccountKey& key) const { write_key(key_file(), key); }

void AccountStore::save_url(const std::string& url, bool agreed_to_terms) const {
  const json account{{"server", server_}, {"url", url}, {"agreed_to_terms", agreed_to_terms}};
  base::write_file(account_file(), account.dump(2) + "\n", {.mode = 0600});
}

void AccountStore::remove() const {
  base::remove_durably(account_file());
  base::remove_durably(key_file());
}

void AccountStore::stage_key(const AccountKey& key) const { write_key(staged_key_file(), key); }

std::optional<AccountKey> AccountStore::staged_key() const { return read_key(staged_key_file()); }

void AccountStore::promote_staged_key() const { base::rename_file(staged_key_file(), key_file()); }

}  // namespace acme
