#include "store/list.h"

#include <algorithm>
#include <cstring>

#include "store/bulk.h"

namespace store {
namespace {

constexpr size_t kMostElements = 128;
constexpr size_t kMostBytes = 8192;  // of a chunk, unless one element alone is larger

}  // namespace

std::string_view List::Chunk::encoded(size_t index, size_t elements) const {
  const uint32_t start = start_of(index);
  return {bytes_.get() + start, start_of(index + elements) - start};
}

bool List::Chunk::push(std::string_view value, bool at_front) {
  if (at_front != grows_to_front_) {
    if (count() > 0) return false;
    *this = Chunk(at_front);
  }
  const BulkHeader header(value.size());
  const size_t size = bulk_size(header, value);
  if (count() > 0 && (count() == kMostElements || end_ - begin_ + size > kMostBytes)) return false;
  reserve(size);
  const auto length = static_cast<uint32_t>(size);
  if (at_front) {
    begin_ -= length;
    starts_[--first_] = begin_;
    write_bulk(bytes_.get() + begin_, header, value);
  } else {
    starts_[last_++] = end_;
    write_bulk(bytes_.get() + end_, header, value);
    end_ += length;
  }
  return true;
}

// Makes room for one element of so many bytes.
void List::Chunk::reserve(size_t bytes) {
  const size_t used = end_ - begin_;
  const size_t room = grows_to_front_ ? begin_ : capacity_ - end_;
  if (room < bytes) {
    const size_t wanted = std::max(used + bytes, std::min(2 * used, kMostBytes));
    auto larger = std::make_unique_for_overwrite<char[]>(wanted);
    const size_t begin = grows_to_front_ ? wanted - used : 0;
    if (used > 0) std::memcpy(larger.get() + begin, bytes_.get() + begin_, used);
    for (size_t i = first_; i < last_; ++i) {
      starts_[i] = starts_[i] - begin_ + static_cast<uint32_t>(begin);
    }
    bytes_ = std::move(larger);
    capacity_ = static_cast<uint32_t>(wanted);
    begin_ = static_cast<uint32_t>(begin);
    end_ = static_cast<uint32_t>(begin + used);
  }
  if (grows_to_front_ ? first_ == 0 : last_ == slots_) {
    const size_t elements = count();
    const size_t wanted = std::min(std::max(2 * elements, elements + 2), kMostElements);
    auto larger = std::make_unique_for_overwrite<uint32_t[]>(wanted);
    const size_t first = grows_to_front_ ? wanted - elements : 0;
    if (elements > 0) std::copy_n(starts_.get() + first_, elements, larger.get() + first);
    starts_ = std::move(larger);
    slots_ = static_cast<uint16_t>(wanted);
    first_ = static_cast<uint16_t>(first);
    last_ = static_cast<uint16_t>(first + elements);
  }
}

void List::Chunk::pop_front() {
  begin_ = start_of(1);
  ++first_;
}

void List::Chunk::pop_back() {
  end_ = start_of(count() - 1);
  --last_;
}

void List::push_front(std::string_view value) {
  if (chunks_.empty() || !chunks_.front().push(value, true)) {
    chunks_.emplace_front(true).push(value, true);
  }
  ++size_;
}

void List::push_back(std::string_view value) {
  if (chunks_.empty() || !chunks_.back().push(value, false)) {
    chunks_.emplace_back(false).push(value, false);
  }
  ++size_;
}

void List::pop_front() {
  chunks_.front().pop_front();
  if (chunks_.front().count() == 0) chunks_.pop_front();
  --size_;
}

void List::pop_back() {
  chunks_.back().pop_back();
  if (chunks_.back().count() == 0) chunks_.pop_back();
  --size_;
}

// From the end that is nearer.
List::Position List::locate(size_t index) const {
  if (index <= size_ / 2) {
    size_t chunk = 0;
    while (index >= chunks_[chunk].count()) index -= chunks_[chunk++].count();
    return {chunk, index};
  }
  size_t behind = size_ - index;
  size_t chunk = chunks_.size() - 1;
  while (behind > chunks_[chunk].count()) behind -= chunks_[chunk--].count();
  return {chunk, chunks_[chunk].count() - behind};
}

std::string_view List::encoded(size_t index) const {
  const Position position = locate(index);
  return chunks_[position.chunk].encoded(position.index);
}

std::string_view List::at(size_t index) const { return value_of(encoded(index)); }

void List::append_range(std::string& out, size_t first, size_t count) const {
  if (count == 0) return;
  for (auto [chunk, index] = locate(first); count > 0; ++chunk, index = 0) {
    const size_t here = std::min(count, chunks_[chunk].count() - index);
    out += chunks_[chunk].encoded(index, here);
    count -= here;
  }
}

// Replaces a chunk by others that hold these values, which may be views of the old one.
void List::rebuild(size_t chunk, const std::vector<std::string_view>& values) {
  std::vector<Chunk> made;
  for (const std::string_view value : values) {
    if (made.empty() || !made.back().push(value, false)) made.emplace_back(false).push(value, false);
  }
  const auto at = chunks_.begin() + static_cast<long>(chunk);
  if (made.empty()) {
    chunks_.erase(at);
    return;
  }
  *at = std::move(made.front());
  chunks_.insert(at + 1, std::make_move_iterator(made.begin() + 1), std::make_move_iterator(made.end()));
}

std::string_view List::value_of(std::string_view encoded) { return bulk_value(encoded); }

std::vector<std::string_view> List::values_of(const Chunk& chunk) {
  std::vector<std::string_view> values;
  for (size_t i = 0; i < chunk.count(); ++i) values.push_back(value_of(chunk.encoded(i)));
  return values;
}

void List::replace(size_t index, std::string_view value) {
  const Position position = locate(index);
  auto values = values_of(chunks_[position.chunk]);
  values[position.index] = value;
  rebuild(position.chunk, values);
}

void List::insert(size_t index, std::string_view value) {
  if (index == size_) return push_back(value);
  const Position position = locate(index);
  auto values = values_of(chunks_[position.chunk]);
  values.insert(values.begin() + static_cast<long>(position.index), value);
  rebuild(position.chunk, values);
  ++size_;
}

size_t List::remove_equal(std::string_view value, size_t most, bool backwards) {
  size_t removed = 0;
  for (size_t i = chunks_.size(); i > 0 && removed < most; --i) {
    const size_t left = most - removed;
    const size_t at = backwards ? i - 1 : chunks_.size() - i;
    auto values = values_of(chunks_[at]);
    const size_t before = values.size();
    size_t taken = 0;
    const auto is_taken = [&](std::string_view tried) { return tried == value && taken++ < left; };
    if (backwards) std::reverse(values.begin(), values.end());
    std::erase_if(values, is_taken);
    if (backwards) std::reverse(values.begin(), values.end());
    removed += before - values.size();
    if (values.size() < before) rebuild(at, values);
  }
  size_ -= removed;
  return removed;
}

void List::keep_range(size_t first, size_t count) {
  while (first > 0) {
    const size_t in_chunk = chunks_.front().count();
    if (in_chunk <= first) {
      chunks_.pop_front();
      first -= in_chunk;
      size_ -= in_chunk;
    } else {
      pop_front();
      --first;
    }
  }
  while (size_ > count) {
    const size_t in_chunk = chunks_.back().count();
    if (size_ - count >= in_chunk) {
      chunks_.pop_back();
      size_ -= in_chunk;
    } else {
      pop_back();
    }
  }
}

}  // namespace store
