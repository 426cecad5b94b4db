#include "resp/value.h"

namespace resp {
namespace {

// Recursion is bounded by the decoder's depth limit.
Value build(const std::vector<Node>& nodes, std::string_view frame, size_t& at) {
  const Node& node = nodes[at++];
  Value value{node.type, std::string(node.text(frame)), node.integer, {}};
  const bool map = node.type == Type::kMap;
  if (map || node.type == Type::kArray || node.type == Type::kSet || node.type == Type::kPush) {
    const auto children = static_cast<size_t>(node.integer) * (map ? 2 : 1);
    value.elements.reserve(children);
    for (size_t i = 0; i < children; ++i) value.elements.push_back(build(nodes, frame, at));
  }
  return value;
}

}  // namespace

const Value* Value::find(std::string_view key) const {
  for (size_t i = 0; i + 1 < elements.size(); i += 2) {
    if (elements[i].text == key) return &elements[i + 1];
  }
  return nullptr;
}

Value to_value(const std::vector<Node>& nodes, std::string_view frame) {
  size_t at = 0;
  return build(nodes, frame, at);
}

}  // namespace resp
