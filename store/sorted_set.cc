#include "store/sorted_set.h"

#include <algorithm>
#include <numeric>

namespace store {
namespace {

constexpr size_t kMostInBlock = 256;

bool is_less(double score, std::string_view member, double other_score, std::string_view other_member) {
  return score != other_score ? score < other_score : member < other_member;
}

}  // namespace

SortedSet::~SortedSet() {
  members_.for_each([](Member* member) { delete member; });
}

std::optional<double> SortedSet::score(std::string_view member) const {
  const Member* found = members_.find(member);
  if (found == nullptr) return std::nullopt;
  return found->score;
}

void SortedSet::set(std::string_view name, double score) {
  if (score == 0) score = 0;  // not -0
  const auto place = members_.locate(name);
  if (place.entry != nullptr) {
    Member& member = **place.entry;
    if (member.score == score) return;
    erase(member.score, name);
    member.score = score;
    return insert({score, member.owner.get()});
  }
  auto member = std::make_unique<Member>(Member{score, Item::make(name)});
  insert({score, member->owner.get()});
  members_.insert(place.hash, member.release());
}

bool SortedSet::remove(std::string_view name) {
  const auto place = members_.locate(name);
  if (place.entry == nullptr) return false;
  const std::unique_ptr<Member> member(*place.entry);
  members_.erase(place);
  erase(member->score, member->key());
  return true;
}

size_t SortedSet::rank(std::string_view member) const {
  const Position position = lower_bound(members_.find(member)->score, member);
  return std::accumulate(sizes_.begin(), sizes_.begin() + static_cast<long>(position.block), size_t{0}) +
         position.index;
}

const SortedSet::Entry& SortedSet::at(size_t rank) const {
  const Position position = locate(rank);
  return blocks_[position.block][position.index];
}

SortedSet::Position SortedSet::locate(size_t rank) const {
  size_t block = 0;
  while (rank >= sizes_[block]) rank -= sizes_[block++];
  return {block, rank};
}

// Where it is, or where one is to be inserted: behind the end of the last block if need be.
SortedSet::Position SortedSet::lower_bound(double score, std::string_view member) const {
  const auto is_before = [&](const Entry& entry) {
    return is_less(entry.score, entry.member(), score, member);
  };
  auto block = std::partition_point(blocks_.begin(), blocks_.end(),
                                    [&](const Block& entries) { return is_before(entries.back()); });
  if (block == blocks_.end()) --block;
  const auto index = std::partition_point(block->begin(), block->end(), is_before);
  return {static_cast<size_t>(block - blocks_.begin()), static_cast<size_t>(index - block->begin())};
}

void SortedSet::insert(const Entry& entry) {
  if (blocks_.empty()) {
    blocks_.push_back({entry});
    sizes_.push_back(1);
    return;
  }
  const auto [at, index] = lower_bound(entry.score, entry.member());
  Block& block = blocks_[at];
  block.insert(block.begin() + static_cast<long>(index), entry);
  ++sizes_[at];
  if (block.size() <= kMostInBlock) return;
  // Members that come in order fill blocks to the brim.
  const size_t kept =
      at + 1 == blocks_.size() && index + 1 == block.size() ? block.size() - 1 : block.size() / 2;
  Block rest(block.begin() + static_cast<long>(kept), block.end());
  block.resize(kept);
  sizes_[at] = static_cast<uint32_t>(kept);
  sizes_.insert(sizes_.begin() + static_cast<long>(at) + 1, static_cast<uint32_t>(rest.size()));
  blocks_.insert(blocks_.begin() + static_cast<long>(at) + 1, std::move(rest));
}

// Blocks that have become small are joined with the next one, so that their number stays in proportion.
void SortedSet::erase(double score, std::string_view member) {
  const auto [at, index] = lower_bound(score, member);
  Block& block = blocks_[at];
  block.erase(block.begin() + static_cast<long>(index));
  --sizes_[at];
  const bool can_join = at + 1 < blocks_.size() && block.size() + sizes_[at + 1] <= kMostInBlock / 2;
  if (can_join) {
    Block& next = blocks_[at + 1];
    next.insert(next.begin(), block.begin(), block.end());
    sizes_[at + 1] += sizes_[at];
  }
  if (!can_join && !block.empty()) return;
  blocks_.erase(blocks_.begin() + static_cast<long>(at));
  sizes_.erase(sizes_.begin() + static_cast<long>(at));
}

}  // namespace store
