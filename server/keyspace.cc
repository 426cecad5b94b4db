#include "server/keyspace.h"

#include <vector>

namespace server {
namespace {

constexpr size_t kBucketsPerSweep = 256;

}  // namespace

Keyspace::Entry* Keyspace::find(std::string_view key, Milliseconds now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return nullptr;
  if (found->second.expires_at != 0 && found->second.expires_at <= now) {
    entries_.erase(found);
    return nullptr;
  }
  return &found->second;
}

void Keyspace::set(std::string_view key, std::string_view value, Milliseconds expires_at) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    entries_.emplace(std::string(key), Entry{std::string(value), expires_at});
  } else {
    found->second.value.assign(value);
    found->second.expires_at = expires_at;
  }
}

bool Keyspace::remove(std::string_view key, Milliseconds now) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  const bool was_alive = found->second.expires_at == 0 || found->second.expires_at > now;
  entries_.erase(found);
  return was_alive;
}

void Keyspace::remove_some_expired(Milliseconds now) {
  std::vector<std::string> expired;
  for (size_t i = 0; i < kBucketsPerSweep && entries_.bucket_count() > 0; ++i) {
    next_bucket_ = (next_bucket_ + 1) % entries_.bucket_count();
    for (auto entry = entries_.begin(next_bucket_); entry != entries_.end(next_bucket_); ++entry) {
      if (entry->second.expires_at != 0 && entry->second.expires_at <= now) expired.push_back(entry->first);
    }
  }
  for (const std::string& key : expired) entries_.erase(key);
}

}  // namespace server
