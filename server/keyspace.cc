#include "server/keyspace.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>
#include <new>

namespace server {
namespace {

constexpr size_t kSmallestTable = 16;
constexpr size_t kMovedAtOnce = 32;  // buckets, by each change while the table grows
constexpr size_t kExpiredAtOnce = 1000;
constexpr size_t kPrefetchedAtOnce = 32;

// A bucket whose entry was removed or moved: a search goes on behind it.
char removed_mark;
template <typename Entry>
Entry* removed() {
  return reinterpret_cast<Entry*>(&removed_mark);
}

// "$5\r\n".
class BulkHeader {
 public:
  explicit BulkHeader(size_t value_size) {
    text_[0] = '$';
    char* end = std::to_chars(text_.data() + 1, text_.data() + text_.size(), value_size).ptr;
    *end++ = '\r';
    *end++ = '\n';
    size_ = static_cast<size_t>(end - text_.data());
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 24> text_;
  size_t size_;
};

}  // namespace

void Keyspace::Entry::write_value(std::string_view header, std::string_view value) {
  char* at = bytes() + key_size_;
  std::memcpy(at, header.data(), header.size());
  if (!value.empty()) std::memcpy(at + header.size(), value.data(), value.size());
  std::memcpy(at + header.size() + value.size(), "\r\n", 2);
  header_size_ = static_cast<uint32_t>(header.size());
  value_size_ = static_cast<uint32_t>(value.size());
}

const Keyspace::Entry* Keyspace::find(std::string_view key, Milliseconds now) {
  Bucket* bucket = find_bucket(hash(key), key);
  if (bucket == nullptr) return nullptr;
  const Milliseconds expires_at = bucket->entry->expires_at_;
  if (expires_at == 0 || expires_at > now) return bucket->entry;
  free(*bucket);
  return nullptr;
}

void Keyspace::set(std::string_view key, std::string_view value, Milliseconds expires_at) {
  const uint64_t hashed = hash(key);
  const BulkHeader header(value.size());
  const size_t needed = key.size() + header.text().size() + value.size() + 2;
  Bucket* bucket = find_bucket(hashed, key);
  if (bucket != nullptr) {
    Entry* old = bucket->entry;
    // Rewritten where it is, unless that wastes memory.
    if (needed <= old->capacity_ && needed >= old->capacity_ / 2) {
      old->write_value(header.text(), value);
      return index_expiry(old, expires_at);
    }
  }
  auto* entry = static_cast<Entry*>(::operator new(sizeof(Entry) + needed));
  entry->expires_at_ = 0;
  entry->key_size_ = static_cast<uint32_t>(key.size());
  entry->capacity_ = static_cast<uint32_t>(needed);
  std::memcpy(entry->bytes(), key.data(), key.size());
  entry->write_value(header.text(), value);
  if (bucket != nullptr) {
    index_expiry(bucket->entry, 0);
    ::operator delete(std::exchange(bucket->entry, entry));
  } else {
    insert(hashed, entry);
  }
  index_expiry(entry, expires_at);
}

void Keyspace::set_expiry(std::string_view key, Milliseconds expires_at) {
  if (Bucket* bucket = find_bucket(hash(key), key)) index_expiry(bucket->entry, expires_at);
}

bool Keyspace::remove(std::string_view key, Milliseconds now) {
  Bucket* bucket = find_bucket(hash(key), key);
  if (bucket == nullptr) return false;
  const Milliseconds expires_at = bucket->entry->expires_at_;
  free(*bucket);
  return expires_at == 0 || expires_at > now;
}

void Keyspace::clear() {
  for (Table* table : {&table_, &old_}) {
    for (size_t i = 0; i < table->capacity; ++i) {
      Entry* entry = table->buckets[i].entry;
      if (entry != removed<Entry>()) ::operator delete(entry);
    }
    *table = {};
  }
  expiring_.clear();
  size_ = moved_ = 0;
}

void Keyspace::prefetch(std::span<const std::string_view> keys) const {
  if (table_.capacity == 0) return;
  std::array<uint64_t, kPrefetchedAtOnce> hashes;
  const size_t count = std::min(keys.size(), hashes.size());
  for (size_t i = 0; i < count; ++i) {
    hashes[i] = hash(keys[i]);
    __builtin_prefetch(&table_.buckets[hashes[i] & (table_.capacity - 1)]);
  }
  for (size_t i = 0; i < count; ++i) {
    const Bucket& bucket = table_.buckets[hashes[i] & (table_.capacity - 1)];
    if (bucket.hash != hashes[i] || bucket.entry == nullptr) continue;
    const char* entry = reinterpret_cast<const char*>(bucket.entry);
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
    __builtin_prefetch(entry + 128);
  }
}

void Keyspace::remove_some_expired(Milliseconds now) {
  for (size_t i = 0; i < kExpiredAtOnce && !expiring_.empty() && expiring_.begin()->first <= now; ++i) {
    remove(expiring_.begin()->second->key(), now);
  }
}

Keyspace::Bucket* Keyspace::find_in(const Table& table, uint64_t hash, std::string_view key) {
  if (table.capacity == 0) return nullptr;
  const size_t mask = table.capacity - 1;
  for (size_t i = hash & mask;; i = (i + 1) & mask) {
    Bucket& bucket = table.buckets[i];
    if (bucket.entry == nullptr) return nullptr;
    if (bucket.hash == hash && bucket.entry != removed<Entry>() && bucket.entry->key() == key) return &bucket;
  }
}

Keyspace::Bucket* Keyspace::find_bucket(uint64_t hash, std::string_view key) const {
  Bucket* found = find_in(table_, hash, key);
  return found != nullptr || old_.capacity == 0 ? found : find_in(old_, hash, key);
}

void Keyspace::insert(uint64_t hash, Entry* entry) {
  move_some();
  make_room();
  const size_t mask = table_.capacity - 1;
  size_t at = hash & mask;
  while (table_.buckets[at].entry != nullptr) at = (at + 1) & mask;
  table_.buckets[at] = {hash, entry};
  ++table_.used;
  ++size_;
}

// At most three quarters of the buckets are used. Removed ones count, so the new table may be as large as the
// old one.
void Keyspace::make_room() {
  if ((table_.used + 1) * 4 <= table_.capacity * 3) return;
  while (old_.capacity != 0) move_some();
  const size_t capacity = std::max(kSmallestTable, std::bit_ceil(size_ * 2 + 1));
  auto* buckets = static_cast<Bucket*>(std::calloc(capacity, sizeof(Bucket)));
  if (buckets == nullptr) throw std::bad_alloc();
  old_ = std::exchange(table_, Table{std::unique_ptr<Bucket[], Free>(buckets), capacity, 0});
  moved_ = 0;
}

void Keyspace::move_some() {
  if (old_.capacity == 0) return;
  const size_t mask = table_.capacity - 1;
  const size_t end = std::min(moved_ + kMovedAtOnce, old_.capacity);
  for (; moved_ < end; ++moved_) {
    Bucket& bucket = old_.buckets[moved_];
    if (bucket.entry == nullptr || bucket.entry == removed<Entry>()) continue;
    size_t at = bucket.hash & mask;
    while (table_.buckets[at].entry != nullptr) at = (at + 1) & mask;
    table_.buckets[at] = bucket;
    ++table_.used;
    bucket.entry = removed<Entry>();
  }
  if (moved_ == old_.capacity) old_ = {};
}

void Keyspace::free(Bucket& bucket) {
  index_expiry(bucket.entry, 0);
  ::operator delete(bucket.entry);
  bucket.entry = removed<Entry>();
  --size_;
}

void Keyspace::index_expiry(Entry* entry, Milliseconds expires_at) {
  if (entry->expires_at_ == expires_at) return;
  if (entry->expires_at_ != 0) expiring_.erase({entry->expires_at_, entry});
  if (expires_at != 0) expiring_.emplace(expires_at, entry);
  entry->expires_at_ = expires_at;
}

}  // namespace server
