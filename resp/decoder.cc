#include "resp/decoder.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace resp {
namespace {

using Status = Decoder::Status;

std::optional<Type> type_of(char c) {
  switch (c) {
    case '+':
      return Type::kSimpleString;
    case '-':
      return Type::kError;
    case ':':
      return Type::kInteger;
    case '$':
      return Type::kBulkString;
    case '*':
      return Type::kArray;
    case '_':
      return Type::kNull;
    case '#':
      return Type::kBoolean;
    case ',':
      return Type::kDouble;
    case '(':
      return Type::kBigNumber;
    case '!':
      return Type::kBulkError;
    case '=':
      return Type::kVerbatimString;
    case '%':
      return Type::kMap;
    case '~':
      return Type::kSet;
    case '>':
      return Type::kPush;
    default:
      return std::nullopt;
  }
}

bool is_bulk(Type type) {
  return type == Type::kBulkString || type == Type::kBulkError || type == Type::kVerbatimString;
}

bool is_aggregate(Type type) {
  return type == Type::kArray || type == Type::kMap || type == Type::kSet || type == Type::kPush;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  int64_t number = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Status Decoder::decode(std::string_view bytes) {
  if (finished_) {
    nodes_.clear();
    open_.clear();
    position_ = scanned_ = 0;
    finished_ = false;
    error_.clear();
  }
  while (true) {
    const Status status = step(bytes);
    if (status != Status::kComplete) return status;
    if (open_.empty()) {
      finished_ = true;
      return Status::kComplete;
    }
  }
}

Status Decoder::step(std::string_view bytes) {
  if (position_ >= bytes.size()) return Status::kIncomplete;
  const auto type = type_of(bytes[position_]);
  const size_t start = position_;
  std::string_view line;
  if (const Status status = read_line(bytes, line); status != Status::kComplete) return status;

  if (!type) {
    if (!limits_.allow_inline || !open_.empty()) {
      return invalid(std::string("Protocol error: expected '$', got '") + bytes[start] + "'");
    }
    nodes_.push_back({Type::kInline, start, line.size(), 0});
    return Status::kComplete;
  }
  const std::string_view value = line.substr(1);
  if (is_bulk(*type) || is_aggregate(*type)) {
    const bool bulk = is_bulk(*type);
    const auto count = parse_integer(value);
    if (!count)
      return invalid(bulk ? "Protocol error: invalid bulk length"
                          : "Protocol error: invalid multibulk length");
    const Status status = bulk ? read_bulk(bytes, *type, *count) : open_aggregate(*type, *count);
    if (status == Status::kIncomplete) position_ = scanned_ = start;  // the length line is read again
    return status;
  }

  Node node{*type, start + 1, value.size(), 0};
  if (*type == Type::kInteger) {
    const auto number = parse_integer(value);
    if (!number) return invalid("Protocol error: invalid integer");
    node.integer = *number;
  } else if (*type == Type::kBoolean) {
    if (value != "t" && value != "f") return invalid("Protocol error: invalid boolean");
    node.integer = value == "t" ? 1 : 0;
  } else if (*type == Type::kNull && !value.empty()) {
    return invalid("Protocol error: invalid null");
  }
  nodes_.push_back(node);
  close_value();
  return Status::kComplete;
}

// Moves position_ behind the line end; `line` is without it. A lone \n ends an inline command only.
Status Decoder::read_line(std::string_view bytes, std::string_view& line) {
  scanned_ = std::max(scanned_, position_);
  const size_t end = bytes.find('\n', scanned_);
  const size_t length = (end == std::string_view::npos ? bytes.size() : end) - position_;
  const bool inline_command = !type_of(bytes[position_]);
  if (length > limits_.line) {
    return invalid(inline_command ? "Protocol error: too big inline request"
                                  : "Protocol error: too big mbulk count string");
  }
  if (end == std::string_view::npos) {
    scanned_ = bytes.size();
    return Status::kIncomplete;
  }
  line = bytes.substr(position_, length);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  } else if (!inline_command) {
    return invalid("Protocol error: expected CRLF");
  }
  position_ = scanned_ = end + 1;
  return Status::kComplete;
}

Status Decoder::read_bulk(std::string_view bytes, Type type, int64_t length) {
  if (length == -1 && type == Type::kBulkString) {
    nodes_.push_back({Type::kNull, position_, 0, 0});
    close_value();
    return Status::kComplete;
  }
  if (length < 0 || static_cast<uint64_t>(length) > limits_.bulk) {
    return invalid("Protocol error: invalid bulk length");
  }
  const auto size = static_cast<size_t>(length);
  if (bytes.size() - position_ < size + 2) return Status::kIncomplete;
  if (bytes.substr(position_ + size, 2) != "\r\n")
    return invalid("Protocol error: expected CRLF after bulk string");
  nodes_.push_back({type, position_, size, 0});
  position_ = scanned_ = position_ + size + 2;
  close_value();
  return Status::kComplete;
}

Status Decoder::open_aggregate(Type type, int64_t count) {
  if (count == -1 && type == Type::kArray) {
    nodes_.push_back({Type::kNull, position_, 0, 0});
    close_value();
    return Status::kComplete;
  }
  const size_t per_element = type == Type::kMap ? 2 : 1;
  if (count < 0 || static_cast<uint64_t>(count) > limits_.elements / per_element) {
    return invalid("Protocol error: invalid multibulk length");
  }
  if (open_.size() >= limits_.depth || nodes_.size() > limits_.elements) {
    return invalid("Protocol error: too deep or too many elements");
  }
  nodes_.push_back({type, position_, 0, count});
  const size_t children = static_cast<size_t>(count) * per_element;
  if (children == 0) {
    close_value();
  } else {
    open_.push_back(children);
  }
  return Status::kComplete;
}

void Decoder::close_value() {
  while (!open_.empty() && --open_.back() == 0) open_.pop_back();
}

Status Decoder::invalid(std::string reason) {
  error_ = std::move(reason);
  finished_ = true;
  return Status::kInvalid;
}

}  // namespace resp
