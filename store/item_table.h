#pragma once

#include <string_view>

#include "store/hash_table.h"
#include "store/item.h"

namespace store {

// Items by their keys, which it owns.
class ItemTable {
 public:
  explicit ItemTable(const SipHashKey& secret) : table_(secret) {}
  ItemTable(const ItemTable&) = delete;
  ItemTable& operator=(const ItemTable&) = delete;
  ~ItemTable() {
    table_.for_each([](Item* item) { Item::Delete()(item); });
  }

  size_t size() const { return table_.size(); }
  const Item* find(std::string_view key) const { return table_.find(key); }  // valid until the next change

  bool add(std::string_view key) {  // false: it is there
    const auto place = table_.locate(key);
    if (place.entry != nullptr) return false;
    table_.insert(place.hash, Item::make(key).release());
    return true;
  }

  bool set(std::string_view key, std::string_view value) {  // false: it was there, with another value
    const auto place = table_.locate(key);
    if (place.entry == nullptr) {
      table_.insert(place.hash, Item::make(key, value).release());
      return true;
    }
    if (!(*place.entry)->replace_value(value)) {
      Item::Owner old(std::exchange(*place.entry, Item::make(key, value).release()));
    }
    return false;
  }

  bool remove(std::string_view key) {  // false: it is not there; `key` may be the item's own
    const auto place = table_.locate(key);
    if (place.entry == nullptr) return false;
    const Item::Owner item(*place.entry);
    table_.erase(place);
    return true;
  }

  template <typename Action>
  void for_each(Action&& action) const {
    table_.for_each([&](const Item* item) { action(*item); });
  }

  template <typename Random>
  const Item& any(Random&& random) const {
    return *table_.any(random);
  }

  template <typename Visit>
  uint64_t scan(uint64_t cursor, Visit&& visit) const {
    return table_.scan(cursor, [&](const Item* item) { visit(*item); });
  }

 private:
  HashTable<Item> table_;
};

}  // namespace store
