#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/value.h"

namespace store {

// A list of strings, each stored as a bulk string of RESP. It is a row of chunks, in which elements lie one
// after another, so that a range of them is copied chunk by chunk.
class List : public Collection {
 public:
  static constexpr ValueType kType = ValueType::kList;

  size_t size() const { return size_; }

  void push_front(std::string_view value);
  void push_back(std::string_view value);
  void pop_front();
  void pop_back();

  // Of an element that is there; valid until the next change.
  std::string_view encoded(size_t index) const;
  std::string_view at(size_t index) const;

  // Appends so many elements that are there, as bulk strings.
  void append_range(std::string& out, size_t first, size_t count) const;

  // Calls visit(index, value) for one after another until it returns false.
  template <typename Visit>
  void for_each(bool backwards, Visit&& visit) const {
    size_t index = backwards ? size_ : 0;
    for (size_t i = 0; i < chunks_.size(); ++i) {
      const Chunk& chunk = chunks_[backwards ? chunks_.size() - 1 - i : i];
      for (size_t j = 0; j < chunk.count(); ++j) {
        const size_t in_chunk = backwards ? chunk.count() - 1 - j : j;
        if (!visit(backwards ? --index : index++, value_of(chunk.encoded(in_chunk)))) return;
      }
    }
  }

  // Takes out so many that are equal to it, the first or the last ones; returns how many.
  size_t remove_equal(std::string_view value, size_t most, bool backwards);

  void replace(size_t index, std::string_view value);
  void insert(size_t index, std::string_view value);  // before the one that is there, or at the end
  void keep_range(size_t first, size_t count);

 private:
  // Some elements; there is free room before the first or behind the last one.
  class Chunk {
   public:
    explicit Chunk(bool grows_to_front) : grows_to_front_(grows_to_front) {}

    size_t count() const { return last_ - first_; }
    std::string_view encoded(size_t index) const { return encoded(index, 1); }
    std::string_view encoded(size_t index, size_t count) const;
    bool push(std::string_view value, bool at_front);  // false: it doesn't fit
    void pop_front();
    void pop_back();

   private:
    void reserve(size_t bytes);
    uint32_t start_of(size_t index) const { return index == count() ? end_ : starts_[first_ + index]; }

    bool grows_to_front_;
    uint32_t capacity_ = 0;
    uint32_t begin_ = 0;
    uint32_t end_ = 0;
    uint16_t slots_ = 0;
    uint16_t first_ = 0;
    uint16_t last_ = 0;
    std::unique_ptr<char[]> bytes_;
    std::unique_ptr<uint32_t[]> starts_;  // of the elements, in bytes_
  };

  struct Position {
    size_t chunk;
    size_t index;
  };
  static std::string_view value_of(std::string_view encoded);
  static std::vector<std::string_view> values_of(const Chunk& chunk);
  Position locate(size_t index) const;
  void rebuild(size_t chunk, const std::vector<std::string_view>& values);

  std::deque<Chunk> chunks_;
  size_t size_ = 0;
};

}  // namespace store
