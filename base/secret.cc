#include "base/secret.h"

#include <cstring>
#include <utility>

namespace base {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());
  explicit_bzero(bytes.data(), bytes.size());
  bytes.clear();
}

Secret::Secret(std::string&& bytes) : bytes_(std::move(bytes)) { wipe(bytes); }

Secret::Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { wipe(other.bytes_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(bytes_);
    bytes_ = std::move(other.bytes_);
    wipe(other.bytes_);
  }
  return *this;
}

void Secret::append(std::string_view bytes) {
  if (bytes_.size() + bytes.size() > bytes_.capacity()) {
    std::string larger;
    larger.reserve(2 * (bytes_.size() + bytes.size()));
    larger = bytes_;
    wipe(bytes_);
    bytes_ = std::move(larger);
  }
  bytes_.append(bytes);
}

Secret::~Secret() { wipe(bytes_); }

}  // namespace base
