// ZUNION, ZINTER, ZDIFF, and what is stored or counted of them.

#include <algorithm>
#include <cmath>
#include <string>

#include "server/command.h"
#include "server/ranges.h"
#include "server/replies.h"
#include "server/sorted_set_replies.h"
#include "store/set.h"

namespace server {
namespace {

using store::SortedSet;
using Entry = SortedSet::Entry;

// A sorted set, a set, whose members all have the score 1, or neither.
struct Input {
  const SortedSet* sorted = nullptr;
  const store::Set* plain = nullptr;
  double weight = 1;

  size_t size() const { return sorted != nullptr ? sorted->size() : plain != nullptr ? plain->size() : 0; }

  std::optional<double> score(std::string_view member) const {
    if (sorted != nullptr) return sorted->score(member);
    if (plain != nullptr && plain->find(member) != nullptr) return 1;
    return std::nullopt;
  }

  template <typename Visit>
  void for_each(Visit&& visit) const {
    if (sorted != nullptr) {
      sorted->for_range(0, sorted->size(), false,
                        [&](const Entry& entry) { visit(*entry.item, entry.score); });
    } else if (plain != nullptr) {
      plain->for_each([&](const store::Item& item) { visit(item, 1.0); });
    }
  }
};

bool find_input(Call& call, std::string_view key, Input& input) {
  const auto* entry = call.find(key);
  if (entry == nullptr) return true;
  if (entry->type() == store::ValueType::kSortedSet) {
    input.sorted = &entry->as<SortedSet>();
  } else if (entry->type() == store::ValueType::kSet) {
    input.plain = &entry->as<store::Set>();
  } else {
    reply_wrong_type(call);
    return false;
  }
  return true;
}

enum class Operation { kUnion, kIntersection, kDifference };
enum class Aggregate { kSum, kMin, kMax };

struct Combination {
  Operation operation;
  std::vector<Input> inputs{};
  Aggregate aggregate = Aggregate::kSum;
  bool with_scores = false;
  size_t limit = SIZE_MAX;

  double aggregated(double a, double b) const {
    if (aggregate == Aggregate::kMin) return std::min(a, b);
    if (aggregate == Aggregate::kMax) return std::max(a, b);
    return std::isnan(a + b) ? 0 : a + b;  // -inf and inf
  }
};

bool read_aggregate(Call& call, size_t at, Aggregate& aggregate) {
  if (call.argument_is(at, "sum")) {
    aggregate = Aggregate::kSum;
  } else if (call.argument_is(at, "min")) {
    aggregate = Aggregate::kMin;
  } else if (call.argument_is(at, "max")) {
    aggregate = Aggregate::kMax;
  } else {
    reply_syntax_error(call);
    return false;
  }
  return true;
}

// What becomes of a combination.
enum class Outcome { kStored, kShown, kCounted };

bool read_limit(Call& call, size_t at, size_t& limit) {
  const auto number = parse_in_range(call, call.argument(at), 0, INT64_MAX, "ERR LIMIT can't be negative");
  if (number && *number != 0) limit = static_cast<size_t>(*number);
  return number.has_value();
}

// numkeys key [key …] [WEIGHTS weight …] [AGGREGATE SUM | MIN | MAX] [WITHSCORES] [LIMIT limit], from this
// argument on, where they make sense.
bool read_combination(Call& call, size_t at, Outcome outcome, Combination& combination) {
  const auto count = parse_integer(call, call.argument(at));
  if (!count) return false;
  if (*count < 1) {
    call.reply.error("ERR at least 1 input key is needed for '" +
                     std::string(call.client.last_command->name) + "' command");
    return false;
  }
  if (static_cast<uint64_t>(*count) > call.arguments() - at - 1) {
    reply_syntax_error(call);
    return false;
  }
  const auto keys = static_cast<size_t>(*count);
  for (++at; combination.inputs.size() < keys; ++at) {
    if (!find_input(call, call.argument(at), combination.inputs.emplace_back())) return false;
  }
  const bool is_counted = outcome == Outcome::kCounted;
  const bool is_weighted = combination.operation != Operation::kDifference && !is_counted;
  for (; at < call.arguments(); ++at) {
    const size_t left = call.arguments() - at - 1;
    if (is_option(call, at, "weights", is_weighted && left >= keys)) {
      for (Input& input : combination.inputs) {
        const auto weight = to_double(call.argument(++at));
        if (!weight) {
          call.reply.error("ERR weight value is not a float");
          return false;
        }
        input.weight = *weight;
      }
    } else if (is_option(call, at, "aggregate", is_weighted && left >= 1)) {
      if (!read_aggregate(call, ++at, combination.aggregate)) return false;
    } else if (is_option(call, at, "withscores", outcome == Outcome::kShown)) {
      combination.with_scores = true;
    } else if (is_option(call, at, "limit", is_counted && left >= 1)) {
      if (!read_limit(call, ++at, combination.limit)) return false;
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  return true;
}

double weighted(double score, double weight) {
  const double product = score * weight;
  return std::isnan(product) ? 0 : product;  // 0 times infinity
}

std::unique_ptr<SortedSet> combine(const store::Keyspace& keys, Combination combination) {
  auto result = std::make_unique<SortedSet>(keys.secret());
  auto& inputs = combination.inputs;
  if (combination.operation != Operation::kDifference) {
    std::stable_sort(inputs.begin(), inputs.end(),
                     [](const Input& a, const Input& b) { return a.size() < b.size(); });
  }
  if (combination.operation == Operation::kUnion) {
    for (const Input& input : inputs) {
      input.for_each([&](const store::Item& item, double score) {
        const auto old = result->score(item.key());
        const double wanted = weighted(score, input.weight);
        result->set(item.key(), old ? combination.aggregated(*old, wanted) : wanted);
      });
    }
    return result;
  }
  const bool is_intersection = combination.operation == Operation::kIntersection;
  inputs.front().for_each([&](const store::Item& item, double score) {
    double sum = weighted(score, inputs.front().weight);
    for (size_t i = 1; i < inputs.size(); ++i) {
      const auto other = inputs[i].score(item.key());
      if (other.has_value() != is_intersection) return;
      if (other) sum = combination.aggregated(sum, *other * inputs[i].weight);
    }
    result->set(item.key(), sum);
  });
  return result;
}

void reply_combined(Call& call, Operation operation) {
  Combination combination{operation};
  if (!read_combination(call, 0, Outcome::kShown, combination)) return;
  const auto result = combine(call.keys(), combination);
  MemberReply reply(call, result->size(), combination.with_scores);
  result->for_range(0, result->size(), false, [&](const Entry& entry) { reply.add(entry); });
}

void zunion(Call& call) { reply_combined(call, Operation::kUnion); }
void zinter(Call& call) { reply_combined(call, Operation::kIntersection); }
void zdiff(Call& call) { reply_combined(call, Operation::kDifference); }

void store_combined(Call& call, Operation operation) {
  Combination combination{operation};
  if (!read_combination(call, 1, Outcome::kStored, combination)) return;
  store_result(call, call.argument(0), combine(call.keys(), combination));
}

void zunionstore(Call& call) { store_combined(call, Operation::kUnion); }
void zinterstore(Call& call) { store_combined(call, Operation::kIntersection); }
void zdiffstore(Call& call) { store_combined(call, Operation::kDifference); }

// ZINTERCARD numkeys key [key …] [LIMIT limit]
void zintercard(Call& call) {
  Combination combination{Operation::kIntersection};
  if (!read_combination(call, 0, Outcome::kCounted, combination)) return;
  const size_t size = combine(call.keys(), combination)->size();
  call.reply.integer(static_cast<int64_t>(std::min(size, combination.limit)));
}

}  // namespace

const std::vector<Command>& sorted_set_combination_commands() {
  constexpr uint32_t kChanges = kWrite | kDenyOom;
  constexpr KeyWords kCounted{0, 0, 1, kReads, {}, 1};
  constexpr KeyWords kStored{1, 1, 1, kWrites, kReads, 2};
  constexpr uint32_t kSorted = kSortedSetCategory;
  static const std::vector<Command> commands{
      {"zdiff", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zdiff},
      {"zdiffstore", -4, kChanges | kMovableKeys, kSorted, kStored, zdiffstore},
      {"zinter", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zinter},
      {"zintercard", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zintercard},
      {"zinterstore", -4, kChanges | kMovableKeys, kSorted, kStored, zinterstore},
      {"zunion", -3, kReadOnly | kMovableKeys, kSorted, kCounted, zunion},
      {"zunionstore", -4, kChanges | kMovableKeys, kSorted, kStored, zunionstore},
  };
  return commands;
}

}  // namespace server
