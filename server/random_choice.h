#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/command.h"
#include "server/replies.h"
#include "store/item.h"

namespace server {

// "[count [WITHVALUES]]": how many members at random. A negative count may choose one several times.
struct RandomCount {
  bool has_count = false;
  bool with_values = false;
  bool may_repeat = false;
  size_t count = 1;
};

// Behind the key; `values_word` is empty where there are no values. False when the reply that says what is
// wrong is given.
bool parse_random_count(Call& call, std::string_view values_word, RandomCount& wanted);

// From a set, hash or sorted set, or from none. `all` lists all of its members.
template <typename Collection, typename All>
std::vector<const store::Item*> choose(const Collection* collection, const RandomCount& wanted, All&& all) {
  std::vector<const store::Item*> chosen;
  if (collection == nullptr) return chosen;
  const size_t size = collection->size();
  // Few of many are drawn until they differ; else all are taken and as many are drawn out as are too many.
  if (wanted.may_repeat || wanted.count < size / 3) {
    std::unordered_set<const store::Item*> seen;
    while (chosen.size() < wanted.count) {
      const store::Item* item = &collection->any(random_bits);
      if (wanted.may_repeat || seen.insert(item).second) chosen.push_back(item);
    }
    return chosen;
  }
  chosen = all();
  while (chosen.size() > wanted.count) {
    std::swap(chosen[random_bits() % chosen.size()], chosen.back());
    chosen.pop_back();
  }
  return chosen;
}

}  // namespace server
