#pragma once

#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

namespace store {

// The "$5\r\n" before a bulk string of RESP: what is stored is stored as it is sent.
class BulkHeader {
 public:
  explicit BulkHeader(size_t value_size) {
    text_[0] = '$';
    char* end = std::to_chars(text_.data() + 1, text_.data() + text_.size(), value_size).ptr;
    *end++ = '\r';
    *end++ = '\n';
    size_ = static_cast<size_t>(end - text_.data());
  }
  std::string_view text() const { return {text_.data(), size_}; }
  size_t size() const { return size_; }

 private:
  std::array<char, 24> text_;
  size_t size_;
};

inline size_t bulk_size(const BulkHeader& header, std::string_view value) {
  return header.size() + value.size() + 2;
}

// Writes "$5\r\nvalue\r\n" and returns its end.
inline char* write_bulk(char* at, const BulkHeader& header, std::string_view value) {
  std::memcpy(at, header.text().data(), header.size());
  at += header.size();
  if (!value.empty()) std::memcpy(at, value.data(), value.size());
  std::memcpy(at + value.size(), "\r\n", 2);
  return at + value.size() + 2;
}

// The value in "$5\r\nvalue\r\n".
inline std::string_view bulk_value(std::string_view encoded) {
  encoded.remove_prefix(encoded.find('\n') + 1);
  encoded.remove_suffix(2);
  return encoded;
}

}  // namespace store
