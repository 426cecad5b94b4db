#pragma once

#include <filesystem>
#include <optional>

#include "rotate/plan.h"

namespace rotate {

// The plan of a rotation that is under way: one file that exists, whole and synced, from before the first
// step that changes anything until after the last one. Throws Error.
class Journal {
 public:
  explicit Journal(std::filesystem::path path) : path_(std::move(path)) {}

  std::optional<Plan> read() const;  // nothing when no rotation was cut off
  void write(const Plan& plan) const;
  void remove() const;

 private:
  std::filesystem::path path_;
};

}  // namespace rotate
