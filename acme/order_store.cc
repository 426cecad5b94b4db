#include "acme/order_store.h"

#include "base/error.h"
#include "base/file.h"

namespace acme {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

// What a run that was killed in the middle of a write has left beside the file.
void remove_half_written(const fs::path& path) {
  const std::string beginning = path.filename().native() + ".tmp";
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path.parent_path(), error)) {
    if (entry.path().filename().native().starts_with(beginning)) fs::remove(entry.path(), error);
  }
}

}  // namespace

std::optional<PendingOrder> OrderStore::order() const {
  if (!fs::exists(paths_.acme_order())) return std::nullopt;
  try {
    const json document = json::parse(base::read_file(paths_.acme_order()));
    PendingOrder order{document.at("server").get<std::string>(),
                       document.at("url").get<std::string>(),
                       document.at("account").get<std::string>(),
                       document.at("profile").get<std::string>(),
                       {}};
    for (const json& entry : document.at("identifiers")) {
      order.identifiers.push_back(
          {entry.at("type").get<std::string>(), entry.at("value").get<std::string>()});
    }
    return order;
  } catch (const json::exception&) {
    return std::nullopt;
  }
}

std::optional<pki::PrivateKey> OrderStore::key() const {
  const fs::path file = paths_.acme_order_key();
  if (!fs::exists(file)) return std::nullopt;
  return pki::PrivateKey::from_pem(base::read_secret_file(file), {}, file.native());
}

void OrderStore::save(const PendingOrder& order) const {
  json identifiers = json::array();
  for (const Identifier& identifier : order.identifiers) {
    identifiers.push_back({{"type", identifier.type}, {"value", identifier.value}});
  }
  const json document{{"server", order.server},
                      {"url", order.url},
                      {"account", order.account},
                      {"profile", order.profile},
                      {"identifiers", identifiers}};
  base::write_file(paths_.acme_order(), document.dump(2) + "\n", {.mode = 0600});
}

void OrderStore::save_key(const pki::PrivateKey& key) const {
  base::make_directories(paths_.directory, 0755);
  base::write_file(paths_.acme_order_key(), key.to_pem().bytes(), {.mode = 0600});
}

void OrderStore::remove() const {
  for (const fs::path& file : {paths_.acme_order(), paths_.acme_order_key()}) {
    base::remove_durably(file);
    remove_half_written(file);
  }
}

}  // namespace acme
