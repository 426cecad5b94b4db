#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "store/hash.h"
#include "store/list.h"
#include "store/set.h"
#include "store/sorted_set.h"

namespace {

const store::SipHashKey kSecret = store::SipHashKey::random();

std::string bulk(const std::string& value) {
  return "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n";
}

std::vector<std::string> values_of(const store::List& list, bool backwards = false) {
  std::vector<std::string> values;
  list.for_each(backwards, [&](size_t index, std::string_view value) {
    EXPECT_EQ(index, backwards ? list.size() - 1 - values.size() : values.size());
    values.emplace_back(value);
    return true;
  });
  return values;
}

}  // namespace

TEST(List, AgreesWithADequeAfterEveryChange) {
  std::mt19937 random(1);
  store::List list;
  std::deque<std::string> model;
  for (int step = 0; step < 60'000; ++step) {
    // Phases in which it grows, and shrinks.
    const bool grows = step / 10'000 % 2 == 0;
    const std::string value(random() % (step % 1000 == 0 ? 20'000 : 30),
                            static_cast<char>('a' + random() % 3));
    const size_t at = model.empty() ? 0 : random() % model.size();
    switch (random() % (grows ? 6 : 9)) {
      case 0:
      case 1:
        list.push_front(value);
        model.push_front(value);
        break;
      case 2:
      case 3:
        list.push_back(value);
        model.push_back(value);
        break;
      case 4:
        if (step % 20 == 0) {
          list.insert(at, value);
          model.insert(model.begin() + static_cast<long>(at), value);
        }
        break;
      case 5:
        if (!model.empty()) {
          list.replace(at, value);
          model[at] = value;
        }
        break;
      default:
        if (model.empty()) break;
        if (random() % 2 == 0) {
          list.pop_front();
          model.pop_front();
        } else {
          list.pop_back();
          model.pop_back();
        }
    }
    ASSERT_EQ(list.size(), model.size());
    if (!model.empty()) {
      const size_t seen = random() % model.size();
      ASSERT_EQ(list.at(seen), model[seen]) << step;
      ASSERT_EQ(list.encoded(seen), bulk(model[seen]));
    }
    if (step % 2000 != 0) continue;
    EXPECT_EQ(values_of(list), std::vector<std::string>(model.begin(), model.end()));
    EXPECT_EQ(values_of(list, true), std::vector<std::string>(model.rbegin(), model.rend()));
    std::string range;
    std::string wanted;
    list.append_range(range, at, model.size() - at);
    for (size_t i = at; i < model.size(); ++i) wanted += bulk(model[i]);
    EXPECT_EQ(range, wanted);
  }
}

TEST(List, TakesOutEqualOnesFromEitherEnd) {
  for (const bool backwards : {false, true}) {
    store::List list;
    for (int i = 0; i < 1000; ++i) list.push_back(i % 3 == 0 ? "x" : std::to_string(i));
    EXPECT_EQ(list.remove_equal("x", 2, backwards), 2u);
    EXPECT_EQ(list.size(), 998u);
    EXPECT_EQ(list.at(0), backwards ? "x" : "1");
    EXPECT_EQ(list.at(997), backwards ? "998" : "x");
    EXPECT_EQ(list.remove_equal("x", SIZE_MAX, backwards), 332u);
    EXPECT_EQ(list.remove_equal("x", SIZE_MAX, backwards), 0u);
    EXPECT_EQ(list.size(), 666u);
  }
}

TEST(List, KeepsARange) {
  for (const size_t first : {0, 1, 127, 128, 500}) {
    for (const size_t count : {0, 1, 128, 400}) {
      store::List list;
      for (int i = 0; i < 1000; ++i) list.push_back(std::to_string(i));
      list.keep_range(first, count);
      ASSERT_EQ(list.size(), count);
      if (count == 0) continue;
      EXPECT_EQ(list.at(0), std::to_string(first));
      EXPECT_EQ(list.at(count - 1), std::to_string(first + count - 1));
    }
  }
}

TEST(Hash, FieldsAreReadyToBeSent) {
  store::Hash hash(kSecret);
  EXPECT_TRUE(hash.set("field", "value"));
  EXPECT_FALSE(hash.set("field", "other"));
  EXPECT_FALSE(hash.set("field", std::string(1000, 'v')));
  EXPECT_EQ(hash.find("field")->encoded(), bulk("field") + bulk(std::string(1000, 'v')));
  EXPECT_TRUE(hash.set("", ""));
  EXPECT_EQ(hash.find("")->encoded(), bulk("") + bulk(""));
  EXPECT_TRUE(hash.remove("field"));
  EXPECT_FALSE(hash.remove("field"));
  EXPECT_EQ(hash.size(), 1u);
}

TEST(Set, ScanVisitsWhatStaysThoughTheTableGrowsAndShrinks) {
  std::mt19937 random(1);
  for (int round = 0; round < 30; ++round) {
    store::Set set(kSecret);
    for (int i = 0; i < 500; ++i) set.add("stays" + std::to_string(i));
    std::set<std::string> seen;
    uint64_t cursor = 0;
    int added = 0;
    const bool shrinks = round % 2 == 0;
    if (shrinks) {
      while (added < 5000) set.add("goes" + std::to_string(added++));
    }
    do {
      cursor = set.scan(cursor, [&](const store::Item& item) { seen.emplace(item.key()); });
      for (auto left = random() % 20; left > 0; --left) {
        if (shrinks) {
          if (added > 0) set.remove("goes" + std::to_string(--added));
        } else if (added < 5000) {  // or the table outgrows the cursor for ever
          set.add("comes" + std::to_string(added++));
        }
      }
    } while (cursor != 0);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(seen.contains("stays" + std::to_string(i))) << round;
  }
}

TEST(Set, SurvivesAnyOrderOfGrowingAndShrinking) {
  std::mt19937 random(1);
  store::Set set(kSecret);
  std::set<std::string> model;
  for (int phase = 0; phase < 200; ++phase) {
    const size_t steps = random() % 3000;
    const auto adds = random() % 11;
    for (size_t i = 0; i < steps; ++i) {
      const std::string member = std::to_string(random() % 4000);
      if (random() % 10 < adds) {
        ASSERT_EQ(set.add(member), model.insert(member).second);
      } else {
        ASSERT_EQ(set.remove(member), model.erase(member) == 1);
      }
    }
    ASSERT_EQ(set.size(), model.size());
    for (int i = 0; i < 100; ++i) {
      const std::string member = std::to_string(random() % 4000);
      ASSERT_EQ(set.find(member) != nullptr, model.contains(member));
    }
  }
}

TEST(SortedSet, AgreesWithAnOrderedModelAfterEveryChange) {
  std::mt19937 random(1);
  store::SortedSet set(kSecret);
  std::map<std::string, double> scores;
  std::set<std::pair<double, std::string>> order;
  for (int step = 0; step < 60'000; ++step) {
    const bool grows = step / 10'000 % 2 == 0;
    const std::string member = std::to_string(random() % 5000);
    if (random() % 10 < (grows ? 8u : 3u)) {
      const double score = static_cast<double>(random() % 1000) / 4;
      if (const auto old = scores.find(member); old != scores.end()) order.erase({old->second, member});
      scores[member] = score;
      order.emplace(score, member);
      set.set(member, score);
    } else {
      const auto old = scores.find(member);
      ASSERT_EQ(set.remove(member), old != scores.end());
      if (old != scores.end()) {
        order.erase({old->second, member});
        scores.erase(old);
      }
    }
    ASSERT_EQ(set.size(), scores.size());
    if (step % 500 != 0 || scores.empty()) continue;
    size_t rank = 0;
    for (const auto& [score, name] : order) {
      ASSERT_EQ(set.at(rank).member(), name);
      ASSERT_EQ(set.rank(name), rank);
      ASSERT_EQ(set.score(name), score);
      ++rank;
    }
    const double bound = 100;
    EXPECT_EQ(set.count_before([&](const auto& entry) { return entry.score < bound; }),
              static_cast<size_t>(std::distance(order.begin(), order.lower_bound({bound, ""}))));
    std::vector<std::string> backwards;
    set.for_range(order.size() - 1, order.size(), true,
                  [&](const auto& entry) { backwards.emplace_back(entry.member()); });
    std::vector<std::string> wanted;
    for (auto at = order.rbegin(); at != order.rend(); ++at) wanted.push_back(at->second);
    EXPECT_EQ(backwards, wanted);
  }
}
