#include "server/sorted_set_replies.h"

#include <utility>

namespace server {

using store::SortedSet;
using Entry = SortedSet::Entry;

void reply_member(Call& call, const Entry& entry) { call.reply.encoded(entry.item->encoded_key()); }

MemberReply::MemberReply(Call& call, size_t count, bool with_scores)
    : call_(call), with_scores_(with_scores), nests_(with_scores && call.reply.protocol() > 2) {
  call.reply.array(with_scores && !nests_ ? 2 * count : count);
}

void MemberReply::add(const Entry& entry) {
  if (nests_) call_.reply.array(2);
  reply_member(call_, entry);
  if (with_scores_) call_.reply.number(entry.score);
}

void store_result(Call& call, std::string_view key, std::unique_ptr<SortedSet> result) {
  const size_t size = result->size();
  if (size > 0) {
    call.keys().put(key, std::move(result), 0);
    call.changed(key);
  } else if (call.keys().remove(key, call.now())) {
    call.changed(key);
  }
  call.reply.integer(static_cast<int64_t>(size));
}

bool is_option(const Call& call, size_t at, std::string_view word, bool is_allowed) {
  return is_allowed && call.argument_is(at, word);
}

}  // namespace server
