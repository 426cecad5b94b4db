#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace resp {

enum class Type : uint8_t {
  kSimpleString,    // +
  kError,           // -
  kInteger,         // :
  kBulkString,      // $
  kArray,           // *
  kNull,            // _, and RESP2's $-1 and *-1
  kBoolean,         // #
  kDouble,          // ,
  kBigNumber,       // (
  kBulkError,       // !
  kVerbatimString,  // =
  kMap,             // %
  kSet,             // ~
  kPush,            // >
  kInline,          // a line that starts with none of these: a command typed by a person
};

// One value of a frame. Aggregates are followed by their children, a map by twice as many as its size.
struct Node {
  Type type;
  size_t offset = 0;    // of the text, from the start of the frame
  size_t length = 0;    // of the text
  int64_t integer = 0;  // kInteger, kBoolean; the number of children of an aggregate

  std::string_view text(std::string_view frame) const { return frame.substr(offset, length); }
};

struct Limits {
  size_t bulk = size_t{512} << 20;  // bytes of one string
  size_t elements = 1024 * 1024;    // of one aggregate, and of a whole frame
  size_t depth = 32;
  size_t line = 64 * 1024;    // an inline command, a simple string or a length
  bool allow_inline = false;  // for servers; else such a line is an error
};

// Reads RESP2 and RESP3 frames. It remembers how far it came, so that bytes which arrive one by one are each
// looked at once, and it owns no bytes: text is where the caller keeps it.
class Decoder {
 public:
  enum class Status { kComplete, kIncomplete, kInvalid };

  explicit Decoder(const Limits& limits = {}) : limits_(limits) {}

  // Goes on with the frame that `bytes` starts with. The bytes seen by earlier calls that said kIncomplete
  // must still be in front. After kComplete or kInvalid the next call begins a new frame.
  Status decode(std::string_view bytes);

  // After kComplete: the values in reading order, the first one being the root, and the frame's length.
  const std::vector<Node>& nodes() const { return nodes_; }
  size_t consumed() const { return position_; }

  // After kInvalid: why, in Redis' words.
  const std::string& error() const { return error_; }

  Limits& limits() { return limits_; }

 private:
  Status step(std::string_view bytes);
  Status read_line(std::string_view bytes, std::string_view& line);
  Status read_bulk(std::string_view bytes, Type type, int64_t length);
  Status open_aggregate(Type type, int64_t count);
  void close_value();
  Status invalid(std::string reason);

  Limits limits_;
  std::vector<Node> nodes_;
  std::vector<size_t> open_;  // how many values are still missing, per open aggregate
  size_t position_ = 0;       // everything before it is decoded
  size_t scanned_ = 0;        // no line end between position_ and here
  bool finished_ = false;
  std::string error_;
};

}  // namespace resp
