#pragma once

#include <cstdint>

namespace store {

enum class ValueType : uint8_t { kString, kList, kHash, kSet, kSortedSet };

// What a key holds unless it is a string. A collection that has become empty is removed by whoever emptied
// it.
class Collection {
 public:
  Collection() = default;
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;
  virtual ~Collection() = default;
};

}  // namespace store
