#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "server/command.h"
#include "store/item.h"
#include "store/keyspace.h"

namespace server {

// Replies of Redis that several commands give.
void reply_syntax_error(Call& call);
void reply_not_an_integer(Call& call);
void reply_wrong_type(Call& call);
void reply_wrong_number_of_arguments(Call& call, std::string_view command);
void reply_simple_help(Call& call);  // CONFIG HELP and its like, from the table

// The number, or nothing and the reply that says what is wrong.
std::optional<int64_t> parse_integer(Call& call, std::string_view text);
std::optional<double> parse_float(Call& call, std::string_view text);
std::optional<int64_t> parse_in_range(Call& call, std::string_view text, int64_t least, int64_t most,
                                      std::string_view error);

// Digits as Redis takes them: no sign but '-', no leading zeros, no spaces.
std::optional<int64_t> to_integer(std::string_view text);
std::optional<double> to_double(std::string_view text);  // not NaN
std::optional<long double> to_long_double(std::string_view text);
std::string format_long_double(long double number);

// The string that the key holds, or null. False when it holds something else, and the reply is given.
bool find_string(Call& call, std::string_view key, const store::Keyspace::Entry*& found);

// The collection that the key holds, or null. False when it holds something else, and the reply is given.
template <typename T>
bool find_collection(Call& call, std::string_view key, T*& found) {
  const auto* entry = call.find(key);
  found = nullptr;
  if (entry == nullptr) return true;
  if (entry->type() != T::kType) {
    reply_wrong_type(call);
    return false;
  }
  found = &entry->as<T>();
  return true;
}

// The same, but made when the key is not there.
template <typename T>
bool find_or_make(Call& call, std::string_view key, T*& found) {
  if (!find_collection(call, key, found)) return false;
  if (found != nullptr) return true;
  if constexpr (std::is_constructible_v<T, const store::SipHashKey&>) {
    found = &call.keys().put(key, std::make_unique<T>(call.keys().secret()), 0);
  } else {
    found = &call.keys().put(key, std::make_unique<T>(), 0);
  }
  return true;
}

// After members were taken out: says that the key has changed, and removes a collection that has become
// empty.
template <typename T>
void settle(Call& call, std::string_view key, const T& collection) {
  if (collection.size() == 0) call.keys().remove(key, call.now());
  call.changed(key);
}

// The rest of SCAN, HSCAN, …: MATCH and COUNT, and TYPE where it is known.
struct ScanOptions {
  uint64_t cursor = 0;
  uint64_t count = 10;
  std::string_view pattern = "*";
  std::optional<std::string_view> type;

  bool wants(std::string_view text) const;
};
bool read_scan_cursor(Call& call, size_t at, ScanOptions& options);
bool read_scan_options(Call& call, size_t at, bool knows_type, ScanOptions& options);

// The cursor, and an array of so many elements.
void reply_scanned(Call& call, uint64_t cursor, size_t count, std::string_view encoded_elements);

// "key cursor [MATCH pattern] [COUNT count]". False when the reply is given, which it is for an absent key
// before the options are read.
template <typename Collection>
bool begin_scan(Call& call, ScanOptions& options, Collection*& collection) {
  if (!read_scan_cursor(call, 1, options) || !find_collection(call, call.argument(0), collection))
    return false;
  if (collection != nullptr) return read_scan_options(call, 2, false, options);
  reply_scanned(call, 0, 0, "");
  return false;
}

// Visits at least COUNT elements, if there are so many, and returns the cursor for the next call.
template <typename Collection, typename Visit>
uint64_t scan_some(const Collection* collection, const ScanOptions& options, Visit&& visit) {
  if (collection == nullptr) return 0;
  uint64_t cursor = options.cursor;
  uint64_t seen = 0;
  uint64_t steps = 0;
  do {
    cursor = collection->scan(cursor, [&](const auto& element) {
      ++seen;
      visit(element);
    });
  } while (cursor != 0 && seen < options.count && ++steps / 10 < options.count);
  return cursor;
}

// All of a set or hash.
template <typename Collection>
std::vector<const store::Item*> items_of(const Collection& collection) {
  std::vector<const store::Item*> items;
  items.reserve(collection.size());
  collection.for_each([&](const store::Item& item) { items.push_back(&item); });
  return items;
}

// 64 random bits, not for secrets.
uint64_t random_bits();

}  // namespace server
