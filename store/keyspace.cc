#include "store/keyspace.h"

#include <cstring>
#include <new>

namespace store {
namespace {

constexpr size_t kExpiredAtOnce = 1000;

}  // namespace

void Keyspace::Entry::write_string(const BulkHeader& header, std::string_view value) {
  write_bulk(bytes() + key_size_, header, value);
  header_size_ = static_cast<uint8_t>(header.size());
  value_size_ = static_cast<uint32_t>(value.size());
}

Collection* Keyspace::Entry::collection() const {
  Collection* collection = nullptr;
  std::memcpy(&collection, bytes() + key_size_, sizeof collection);
  return collection;
}

Keyspace::Entry* Keyspace::allocate(std::string_view key, size_t value_capacity) {
  const size_t capacity = key.size() + value_capacity;
  auto* entry = static_cast<Entry*>(::operator new(sizeof(Entry) + capacity));
  entry->expires_at_ = 0;
  entry->key_size_ = static_cast<uint32_t>(key.size());
  entry->capacity_ = static_cast<uint32_t>(capacity);
  std::memcpy(entry->bytes(), key.data(), key.size());
  return entry;
}

void Keyspace::free(Entry* entry) {
  if (entry->type_ != ValueType::kString) delete entry->collection();
  ::operator delete(entry);
}

const Keyspace::Entry* Keyspace::find(std::string_view key, Milliseconds now) {
  const auto place = entries_.locate(key);
  if (place.entry == nullptr) return nullptr;
  const Milliseconds expires_at = (*place.entry)->expires_at_;
  if (expires_at == 0 || expires_at > now) return *place.entry;
  erase(place);
  return nullptr;
}

void Keyspace::set(std::string_view key, std::string_view value, Milliseconds expires_at) {
  const auto place = entries_.locate(key);
  const BulkHeader header(value.size());
  const size_t needed = bulk_size(header, value);
  if (place.entry != nullptr) {
    Entry* old = *place.entry;
    // Rewritten where it is, unless that wastes memory.
    const size_t size = key.size() + needed;
    const bool fits = size <= old->capacity_ && size >= old->capacity_ / 2;
    if (fits && old->type_ == ValueType::kString) {
      old->write_string(header, value);
      return index_expiry(old, expires_at);
    }
  }
  Entry* entry = allocate(key, needed);
  entry->type_ = ValueType::kString;
  entry->write_string(header, value);
  put_entry(place, entry, expires_at);
}

void Keyspace::put_collection(std::string_view key, ValueType type, std::unique_ptr<Collection> collection,
                              Milliseconds expires_at) {
  const auto place = entries_.locate(key);
  Entry* entry = allocate(key, sizeof(Collection*));
  entry->type_ = type;
  Collection* released = collection.release();
  std::memcpy(entry->bytes() + key.size(), &released, sizeof released);
  put_entry(place, entry, expires_at);
}

void Keyspace::put_entry(const Table::Place& place, Entry* entry, Milliseconds expires_at) {
  if (place.entry != nullptr) {
    index_expiry(*place.entry, 0);
    free(std::exchange(*place.entry, entry));
  } else {
    entries_.insert(place.hash, entry);
  }
  index_expiry(entry, expires_at);
}

void Keyspace::set_expiry(std::string_view key, Milliseconds expires_at) {
  if (Entry* entry = entries_.find(key)) index_expiry(entry, expires_at);
}

bool Keyspace::remove(std::string_view key, Milliseconds now) {
  const auto place = entries_.locate(key);
  if (place.entry == nullptr) return false;
  const Milliseconds expires_at = (*place.entry)->expires_at_;
  erase(place);
  return expires_at == 0 || expires_at > now;
}

void Keyspace::rename(std::string_view from, std::string_view to) {
  const auto place = entries_.locate(from);
  Entry* old = *place.entry;
  const Milliseconds expires_at = old->expires_at_;
  const size_t value_capacity = old->capacity_ - old->key_size_;
  Entry* entry = allocate(to, value_capacity);
  entry->type_ = old->type_;
  entry->value_size_ = old->value_size_;
  entry->header_size_ = old->header_size_;
  std::memcpy(entry->bytes() + to.size(), old->bytes() + old->key_size_, value_capacity);
  index_expiry(old, 0);
  entries_.erase(place);
  ::operator delete(old);  // what it held is the other's now
  put_entry(entries_.locate(to), entry, expires_at);
}

void Keyspace::clear() {
  entries_.for_each([](Entry* entry) { free(entry); });
  entries_.clear();
  expiring_.clear();
}

size_t Keyspace::remove_some_expired(Milliseconds now) {
  size_t removed = 0;
  while (removed < kExpiredAtOnce && !expiring_.empty() && expiring_.begin()->first <= now) {
    erase(entries_.locate(expiring_.begin()->second->key()));
    ++removed;
  }
  return removed;
}

void Keyspace::erase(const Table::Place& place) {
  Entry* entry = *place.entry;
  index_expiry(entry, 0);
  entries_.erase(place);
  free(entry);
}

void Keyspace::index_expiry(Entry* entry, Milliseconds expires_at) {
  if (entry->expires_at_ == expires_at) return;
  if (entry->expires_at_ != 0) expiring_.erase({entry->expires_at_, entry});
  if (expires_at != 0) expiring_.emplace(expires_at, entry);
  entry->expires_at_ = expires_at;
}

}  // namespace store
