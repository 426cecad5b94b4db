#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "store/bulk.h"
#include "store/hash_table.h"
#include "store/siphash.h"
#include "store/value.h"

namespace store {

// Milliseconds since 1970, as Redis counts expiry.
using Milliseconds = int64_t;

// Keys with their values and expiry. A key that has expired is not there. Not safe for concurrent use.
class Keyspace {
 public:
  // A key and its value: a string, which is stored as it is sent, or a collection. One block of memory.
  class Entry {
   public:
    std::string_view key() const { return {bytes(), key_size_}; }
    ValueType type() const { return type_; }
    Milliseconds expires_at() const { return expires_at_; }  // 0: never

    // Of a string.
    std::string_view value() const { return {bytes() + key_size_ + header_size_, value_size_}; }
    std::string_view bulk_string() const {  // "$5\r\nvalue\r\n"
      return {bytes() + key_size_, header_size_ + size_t{value_size_} + 2};
    }

    // Of a collection of that type.
    template <typename T>
    T& as() const {
      return static_cast<T&>(*collection());
    }

   private:
    friend class Keyspace;

    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    void write_string(const BulkHeader& header, std::string_view value);
    Collection* collection() const;

    Milliseconds expires_at_;
    uint32_t key_size_;
    uint32_t value_size_;
    uint32_t capacity_;    // bytes that follow this header
    uint8_t header_size_;  // of "$5\r\n"
    ValueType type_;
  };

  Keyspace() = default;
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;
  ~Keyspace() { clear(); }

  // Null when the key is not there. Valid until the next change.
  const Entry* find(std::string_view key, Milliseconds now);

  // Puts a string in the place of what the key had. `value` must not be one of an entry.
  void set(std::string_view key, std::string_view value, Milliseconds expires_at);

  // Puts a collection there; made with secret(). Returns it.
  template <typename T>
  T& put(std::string_view key, std::unique_ptr<T> collection, Milliseconds expires_at) {
    T& put = *collection;
    put_collection(key, T::kType, std::move(collection), expires_at);
    return put;
  }

  // Of a string, for changes that keep its length.
  char* writable_value(const Entry& entry) {
    return const_cast<Entry&>(entry).bytes() + entry.key_size_ + entry.header_size_;
  }

  void set_expiry(std::string_view key, Milliseconds expires_at);  // of a key that is there
  bool remove(std::string_view key, Milliseconds now);             // false: it was not there
  void rename(std::string_view from, std::string_view to);         // `from` is there; with its expiry
  void clear();
  size_t size() const { return entries_.size(); }
  size_t expiring() const { return expiring_.size(); }

  // What collections are made with.
  const SipHashKey& secret() const { return secret_; }

  template <typename Action>
  void for_each(Action&& action) const {  // also of those that have expired
    entries_.for_each([&](const Entry* entry) { action(*entry); });
  }

  // See HashTable; also those that have expired.
  template <typename Random>
  const Entry& any(Random&& random) const {
    return *entries_.any(random);
  }
  template <typename Visit>
  uint64_t scan(uint64_t cursor, Visit&& visit) const {
    return entries_.scan(cursor, [&](const Entry* entry) { visit(*entry); });
  }

  // Fetches what find() and set() of these keys will touch into the cache, all at the same time.
  void prefetch(std::span<const std::string_view> keys) const { entries_.prefetch(keys); }

  // Frees those that have expired first, a bounded number of them. Returns how many.
  size_t remove_some_expired(Milliseconds now);

 private:
  using Table = HashTable<Entry>;

  static Entry* allocate(std::string_view key, size_t value_capacity);
  static void free(Entry* entry);
  void put_collection(std::string_view key, ValueType type, std::unique_ptr<Collection> collection,
                      Milliseconds expires_at);
  void put_entry(const Table::Place& place, Entry* entry, Milliseconds expires_at);
  void erase(const Table::Place& place);
  void index_expiry(Entry* entry, Milliseconds expires_at);

  SipHashKey secret_ = SipHashKey::random();
  Table entries_{secret_};
  std::set<std::pair<Milliseconds, Entry*>> expiring_;  // those that expire
};

}  // namespace store
