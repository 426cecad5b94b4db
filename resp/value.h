#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resp/decoder.h"

namespace resp {

// A decoded value that owns its text: what clients work with.
struct Value {
  Type type = Type::kNull;
  std::string text;
  int64_t integer = 0;
  std::vector<Value> elements;  // of a map: key, value, key, value

  bool is_error() const { return type == Type::kError || type == Type::kBulkError; }
  bool is_null() const { return type == Type::kNull; }

  // The value that stands behind `key` in a map, or in an array that RESP2 sends for one; null if none does.
  const Value* find(std::string_view key) const;
};

// From what a Decoder found in `frame`.
Value to_value(const std::vector<Node>& nodes, std::string_view frame);

}  // namespace resp
