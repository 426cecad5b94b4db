#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace server {

// Milliseconds since 1970, as Redis counts expiry.
using Milliseconds = int64_t;

// The embedded store: strings with expiry. Belongs to one thread. A key that has expired is not there.
class Keyspace {
 public:
  struct Entry {
    std::string value;
    Milliseconds expires_at = 0;  // 0: never
  };

  // Nothing when the key is not there; valid until the next change.
  Entry* find(std::string_view key, Milliseconds now);

  void set(std::string_view key, std::string_view value, Milliseconds expires_at);
  bool remove(std::string_view key, Milliseconds now);
  void clear() { entries_.clear(); }
  size_t size() const { return entries_.size(); }

  // Looks at a few entries, in turn over many calls, and frees those that have expired.
  void remove_some_expired(Milliseconds now);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
  };

  std::unordered_map<std::string, Entry, Hash, std::equal_to<>> entries_;
  size_t next_bucket_ = 0;
};

}  // namespace server
