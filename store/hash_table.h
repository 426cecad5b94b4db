#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include "store/huge_pages.h"
#include "store/siphash.h"

namespace store {

// Finds entries by `std::string_view Entry::key()`. The entries are somebody else's; not safe for concurrent
// use.
//
// Open addressing: the buckets point at entries, and an entry lies in the first bucket that is free behind
// its home, the low bits of its hash. It grows and shrinks a few buckets at a time, so that no change takes
// long.
template <typename Entry>
class HashTable {
 public:
  // Where an entry is, or would be put.
  struct Place {
    uint64_t hash;
    Entry** entry;  // null when it is not there; valid until the next change
  };

  explicit HashTable(const SipHashKey& secret) : secret_(&secret) {}

  size_t size() const { return size_; }

  Place locate(std::string_view key) const {
    const uint64_t hash = siphash(*secret_, key);
    Bucket* bucket = find_in(table_, hash, key);
    if (bucket == nullptr && old_.capacity != 0) bucket = find_in(old_, hash, key);
    return {hash, bucket == nullptr ? nullptr : &bucket->entry};
  }

  Entry* find(std::string_view key) const {
    const Place place = locate(key);
    return place.entry == nullptr ? nullptr : *place.entry;
  }

  // One that is not there yet; `hash` is from locate().
  void insert(uint64_t hash, Entry* entry) {
    move_some();
    if ((table_.used + 1) * 4 > table_.capacity * 3) resize();
    put(table_, {hash, entry});
    ++size_;
  }

  // Takes out what locate() has found.
  void erase(const Place& place) {
    *place.entry = removed();
    --size_;
    move_some();
    if (table_.capacity > kSmallestTable && size_ * 8 < table_.capacity && old_.capacity == 0) resize();
  }

  // Forgets all entries.
  void clear() {
    table_ = {};
    old_ = {};
    size_ = moved_ = 0;
  }

  template <typename Action>
  void for_each(Action&& action) const {
    for (const Table* table : {&table_, &old_}) {
      for (size_t i = 0; i < table->capacity; ++i) {
        if (is_used(table->buckets[i])) action(table->buckets[i].entry);
      }
    }
  }

  // Any of them, all about as likely; there must be one. `random()` gives 64 random bits.
  template <typename Random>
  Entry* any(Random&& random) const {
    while (true) {
      const uint64_t number = random();
      size_t at = number % (table_.capacity + old_.capacity);
      const Table& table = at < table_.capacity ? table_ : old_;
      if (at >= table_.capacity) at -= table_.capacity;
      if (is_used(table.buckets[at])) return table.buckets[at].entry;
    }
  }

  // Visits the entries of one home and returns the cursor of the next, which is 0 at the end, as it is at the
  // start. One that is there from start to end is visited at least once, however the table grows or shrinks
  // in between: the cursor counts in reversed bits, as in Redis' dictScan. `visit` must not change the table.
  template <typename Visit>
  uint64_t scan(uint64_t cursor, Visit&& visit) const {
    if (table_.capacity == 0) return 0;
    const bool has_old = old_.capacity != 0;
    const Table& small = has_old && old_.capacity < table_.capacity ? old_ : table_;
    const Table& large = &small == &old_ ? table_ : old_;
    visit_home(small, cursor & (small.capacity - 1), visit);
    if (!has_old) return next_cursor(cursor, small.capacity - 1);
    do {
      visit_home(large, cursor & (large.capacity - 1), visit);
      cursor = next_cursor(cursor, large.capacity - 1);
    } while ((cursor & ((small.capacity - 1) ^ (large.capacity - 1))) != 0);
    return cursor;
  }

  // Fetches what find() and insert() of these keys will touch into the cache, all at the same time.
  void prefetch(std::span<const std::string_view> keys) const {
    if (table_.capacity == 0) return;
    std::array<uint64_t, kPrefetchedAtOnce> hashes;
    const size_t count = std::min(keys.size(), hashes.size());
    for (size_t i = 0; i < count; ++i) {
      hashes[i] = siphash(*secret_, keys[i]);
      fetch(&table_.buckets[hashes[i] & (table_.capacity - 1)]);
    }
    for (size_t i = 0; i < count; ++i) {
      const Bucket* bucket = find_hash(table_, hashes[i]);
      if (bucket == nullptr) continue;
      const char* entry = reinterpret_cast<const char*>(bucket->entry);
      fetch(entry);
      fetch(entry + 64);
      fetch(entry + 128);
    }
  }

 private:
  static constexpr size_t kSmallestTable = 4;
  static constexpr size_t kMovedAtOnce = 32;  // buckets, by each change while the table is resized
  static constexpr size_t kPrefetchedAtOnce = 32;

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

  // Of a bucket whose entry was taken out: a search goes on behind it.
  static Entry* removed() {
    static char mark;
    return reinterpret_cast<Entry*>(&mark);
  }
  static bool is_used(const Bucket& bucket) { return bucket.entry != nullptr && bucket.entry != removed(); }

  static Bucket* find_in(const Table& table, uint64_t hash, std::string_view key) {
    if (table.capacity == 0) return nullptr;
    const size_t mask = table.capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
      Bucket& bucket = table.buckets[i];
      if (bucket.entry == nullptr) return nullptr;
      if (bucket.hash == hash && bucket.entry != removed() && bucket.entry->key() == key) return &bucket;
    }
  }

  // The asm is empty: without it GCC sees a function that does nothing, and leaves out its calls.
  static void fetch(const void* line) {
    __builtin_prefetch(line);
    asm volatile("" : : "r"(line));
  }

  // The first bucket with this hash, without a look at the entry.
  static const Bucket* find_hash(const Table& table, uint64_t hash) {
    const size_t mask = table.capacity - 1;
    for (size_t i = hash & mask; table.buckets[i].entry != nullptr; i = (i + 1) & mask) {
      if (table.buckets[i].hash == hash) return &table.buckets[i];
    }
    return nullptr;
  }

  static void put(Table& table, const Bucket& bucket) {
    const size_t mask = table.capacity - 1;
    size_t at = bucket.hash & mask;
    while (table.buckets[at].entry != nullptr) at = (at + 1) & mask;
    table.buckets[at] = bucket;
    ++table.used;
  }

  // At most three quarters of the buckets are used. Removed ones count, so the new table may be as large as
  // the old one, or smaller; but not so small that it is full before all have moved.
  void resize() {
    while (old_.capacity != 0) move_some();
    const size_t capacity = std::max({kSmallestTable, std::bit_ceil(size_ * 2 + 1), table_.capacity / 4});
    auto* buckets = static_cast<Bucket*>(std::calloc(capacity, sizeof(Bucket)));
    if (buckets == nullptr) throw std::bad_alloc();
    prefer_huge_pages(buckets, capacity * sizeof(Bucket));
    old_ = std::exchange(table_, Table{std::unique_ptr<Bucket[], Free>(buckets), capacity, 0});
    moved_ = 0;
  }

  void move_some() {
    if (old_.capacity == 0) return;
    const size_t end = std::min(moved_ + kMovedAtOnce, old_.capacity);
    for (; moved_ < end; ++moved_) {
      Bucket& bucket = old_.buckets[moved_];
      if (!is_used(bucket)) continue;
      put(table_, bucket);
      bucket.entry = removed();
    }
    if (moved_ == old_.capacity) old_ = {};
  }

  template <typename Visit>
  static void visit_home(const Table& table, size_t home, Visit&& visit) {
    const size_t mask = table.capacity - 1;
    for (size_t i = home; table.buckets[i].entry != nullptr; i = (i + 1) & mask) {
      if (is_used(table.buckets[i]) && (table.buckets[i].hash & mask) == home) visit(table.buckets[i].entry);
    }
  }

  static uint64_t reversed(uint64_t bits) {
    uint64_t result = 0;
    for (int i = 0; i < 64; ++i, bits >>= 1) result = (result << 1) | (bits & 1);
    return result;
  }
  static uint64_t next_cursor(uint64_t cursor, uint64_t mask) {
    return reversed(reversed(cursor | ~mask) + 1);
  }

  const SipHashKey* secret_;
  Table table_;
  Table old_;         // while its entries move to table_
  size_t moved_ = 0;  // so many buckets of old_ have been
  size_t size_ = 0;
};

}  // namespace store
