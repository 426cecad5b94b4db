#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "acme/messages.h"
#include "pki/home.h"
#include "pki/key.h"

namespace acme {

// An order on its way, which the next run goes on with.
struct PendingOrder {
  std::string server;  // the directory's URL
  std::string url;     // empty while it has not been asked for
  std::string account;
  std::string profile;
  std::vector<Identifier> identifiers;
};

// Where a lineage keeps it, with the key of its certificate, which is on disk before the order is asked for.
// Throws Error.
class OrderStore {
 public:
  explicit OrderStore(const pki::LineagePaths& paths) : paths_(paths) {}

  std::optional<PendingOrder> order() const;  // one that can't be read is none
  std::optional<pki::PrivateKey> key() const;
  void save(const PendingOrder& order) const;
  void save_key(const pki::PrivateKey& key) const;
  void remove() const;

 private:
  const pki::LineagePaths paths_;
};

}  // namespace acme
