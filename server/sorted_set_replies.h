#pragma once

#include <memory>
#include <string_view>

#include "server/command.h"
#include "store/sorted_set.h"

// What the commands of sorted sets have in common.
namespace server {

void reply_member(Call& call, const store::SortedSet::Entry& entry);

// One after another, or with RESP3 each member and its score in an array of their own.
class MemberReply {
 public:
  MemberReply(Call& call, size_t count, bool with_scores);
  void add(const store::SortedSet::Entry& entry);

 private:
  Call& call_;
  bool with_scores_;
  bool nests_;
};

// Puts it in the place of what the key has, and replies its size.
void store_result(Call& call, std::string_view key, std::unique_ptr<store::SortedSet> result);

// The word stands there, and may.
bool is_option(const Call& call, size_t at, std::string_view word, bool is_allowed);

}  // namespace server
