#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <string_view>

#include "store/bulk.h"

namespace store {

// A member of a set, or a field and its value: one block of memory, in which both are as they are sent.
class Item {
 public:
  struct Delete {
    void operator()(Item* item) const { ::operator delete(item); }
  };
  using Owner = std::unique_ptr<Item, Delete>;

  static Owner make(std::string_view key) {
    const BulkHeader header(key.size());
    Owner item = allocate(header, key, 0);
    write_bulk(item->bytes(), header, key);
    return item;
  }

  static Owner make(std::string_view key, std::string_view value) {
    const BulkHeader key_header(key.size());
    const BulkHeader value_header(value.size());
    Owner item = allocate(key_header, key, bulk_size(value_header, value));
    write_bulk(write_bulk(item->bytes(), key_header, key), value_header, value);
    return item;
  }

  // Writes another value where the old one is; false when it has another size.
  bool replace_value(std::string_view value) {
    const BulkHeader header(value.size());
    if (bulk_size(header, value) != size_ - value_at_) return false;
    write_bulk(bytes() + value_at_, header, value);
    return true;
  }

  std::string_view key() const { return {bytes() + key_at_, value_at_ - key_at_ - 2}; }
  std::string_view encoded_key() const { return {bytes(), value_at_}; }
  std::string_view value() const { return bulk_value(encoded_value()); }
  std::string_view encoded_value() const { return {bytes() + value_at_, size_ - value_at_}; }
  std::string_view encoded() const { return {bytes(), size_}; }  // key, then value

 private:
  static Owner allocate(const BulkHeader& header, std::string_view key, size_t value_size) {
    const size_t key_size = bulk_size(header, key);
    Owner item(static_cast<Item*>(::operator new(sizeof(Item) + key_size + value_size)));
    item->size_ = key_size + value_size;
    item->value_at_ = static_cast<uint32_t>(key_size);
    item->key_at_ = static_cast<uint32_t>(header.size());
    return item;
  }

  const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  char* bytes() { return reinterpret_cast<char*>(this + 1); }

  uint64_t size_;
  uint32_t value_at_;
  uint32_t key_at_;
};

}  // namespace store
