#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "server/siphash.h"

namespace server {

// Milliseconds since 1970, as Redis counts expiry.
using Milliseconds = int64_t;

// The embedded store: strings with expiry. A key that has expired is not there. Not safe for concurrent use.
//
// A hash table with open addressing whose buckets point at entries, each one block of memory. It grows a few
// buckets at a time, so that no change takes long.
class Keyspace {
 public:
  // A key and its value, which is stored as it is sent.
  class Entry {
   public:
    std::string_view key() const { return {bytes(), key_size_}; }
    std::string_view value() const { return {bytes() + key_size_ + header_size_, value_size_}; }
    std::string_view bulk_string() const {  // "$5\r\nvalue\r\n"
      return {bytes() + key_size_, header_size_ + size_t{value_size_} + 2};
    }
    Milliseconds expires_at() const { return expires_at_; }  // 0: never

   private:
    friend class Keyspace;

    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    void write_value(std::string_view header, std::string_view value);

    Milliseconds expires_at_;
    uint32_t key_size_;
    uint32_t value_size_;
    uint32_t capacity_;     // bytes that follow this header
    uint32_t header_size_;  // of "$5\r\n"
  };

  Keyspace() = default;
  Keyspace(const Keyspace&) = delete;
  Keyspace& operator=(const Keyspace&) = delete;
  ~Keyspace() { clear(); }

  // Null when the key is not there. Valid until the next change.
  const Entry* find(std::string_view key, Milliseconds now);

  // `value` must not be one of an entry.
  void set(std::string_view key, std::string_view value, Milliseconds expires_at);
  void set_expiry(std::string_view key, Milliseconds expires_at);  // of a key that is there
  bool remove(std::string_view key, Milliseconds now);
  void clear();
  size_t size() const { return size_; }

  // Fetches what find() and set() of these keys will touch into the cache, all at the same time.
  void prefetch(std::span<const std::string_view> keys) const;

  // Frees those that have expired first, a bounded number of them.
  void remove_some_expired(Milliseconds now);

 private:
  struct Bucket {
    uint64_t hash;
    Entry* entry;  // null: was never used since the table was made
  };
  struct Free {
    void operator()(Bucket* buckets) const { std::free(buckets); }
  };
  struct Table {
    std::unique_ptr<Bucket[], Free> buckets;
    size_t capacity = 0;  // a power of two, or 0
    size_t used = 0;      // buckets that are not null
  };

  uint64_t hash(std::string_view key) const { return siphash(secret_, key); }
  static Bucket* find_in(const Table& table, uint64_t hash, std::string_view key);
  Bucket* find_bucket(uint64_t hash, std::string_view key) const;
  void insert(uint64_t hash, Entry* entry);
  void make_room();
  void move_some();
  void free(Bucket& bucket);
  void index_expiry(Entry* entry, Milliseconds expires_at);

  SipHashKey secret_ = SipHashKey::random();
  Table table_;
  Table old_;         // while its entries move to table_
  size_t moved_ = 0;  // so many buckets of old_ have been
  size_t size_ = 0;
  std::set<std::pair<Milliseconds, Entry*>> expiring_;  // those that expire
};

}  // namespace server
