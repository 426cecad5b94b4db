#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "store/hash_table.h"
#include "store/item.h"
#include "store/value.h"

namespace store {

// Members with scores, in the order of their scores, and of their bytes where scores are the same. Scores are
// any doubles but NaN.
//
// The order is a row of blocks, whose sizes lie together: a rank is found by adding them up.
class SortedSet : public Collection {
 public:
  static constexpr ValueType kType = ValueType::kSortedSet;

  struct Entry {
    double score;
    const Item* item;
    std::string_view member() const { return item->key(); }
  };

  explicit SortedSet(const SipHashKey& secret) : members_(secret) {}
  ~SortedSet() override;

  size_t size() const { return members_.size(); }
  std::optional<double> score(std::string_view member) const;

  void set(std::string_view member, double score);
  bool remove(std::string_view member);  // false: it is not there; it may be the member's own

  size_t rank(std::string_view member) const;  // of one that is there
  const Entry& at(size_t rank) const;          // valid until the next change

  // So many entries from this rank on, downwards if `backwards`; all must be there.
  template <typename Action>
  void for_range(size_t rank, size_t count, bool backwards, Action&& action) const {
    if (count == 0) return;
    auto [block, index] = locate(rank);
    while (true) {
      action(blocks_[block][index]);
      if (--count == 0) return;
      if (!backwards && ++index == blocks_[block].size()) {
        ++block;
        index = 0;
      } else if (backwards && index-- == 0) {
        index = blocks_[--block].size() - 1;
      }
    }
  }

  // How many entries come first for which `is_before` holds; it must hold for no later one.
  template <typename Predicate>
  size_t count_before(Predicate&& is_before) const {
    size_t block = 0;
    size_t rank = 0;
    while (block < blocks_.size() && is_before(blocks_[block].back())) rank += sizes_[block++];
    if (block == blocks_.size()) return rank;
    const auto& entries = blocks_[block];
    const auto end = std::partition_point(entries.begin(), entries.end(), is_before);
    return rank + static_cast<size_t>(end - entries.begin());
  }

  template <typename Random>
  const Item& any(Random&& random) const {
    return members_.any(random)->item();
  }

  template <typename Visit>
  uint64_t scan(uint64_t cursor, Visit&& visit) const {
    return members_.scan(cursor, [&](const Member* member) { visit(Entry{member->score, &member->item()}); });
  }

 private:
  // An item with a score: the table's entry.
  struct Member {
    double score;
    Item::Owner owner;
    std::string_view key() const { return owner->key(); }
    const Item& item() const { return *owner; }
  };
  using Block = std::vector<Entry>;
  struct Position {
    size_t block;
    size_t index;
  };

  Position locate(size_t rank) const;
  Position lower_bound(double score, std::string_view member) const;
  void insert(const Entry& entry);
  void erase(double score, std::string_view member);

  HashTable<Member> members_;
  std::vector<Block> blocks_;  // none is empty
  std::vector<uint32_t> sizes_;
};

}  // namespace store
