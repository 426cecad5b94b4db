#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "redis/tls_settings.h"

namespace rotate {

// What must be known to finish or revert a rotation that was cut off.
struct JournalEntry {
  struct TargetPaths {
    std::string address;
    redis::CertificatePaths before;  // what the target read before the rotation
  };

  int from = 0;  // generations
  int to = 0;
  std::vector<TargetPaths> targets;
};

// One file that exists, whole and synced, from before the first step that changes anything until after the
// last one. Throws Error.
class Journal {
 public:
  explicit Journal(std::filesystem::path path) : path_(std::move(path)) {}

  std::optional<JournalEntry> read() const;  // nothing when no rotation was cut off
  void write(const JournalEntry& entry) const;
  void remove() const;

 private:
  std::filesystem::path path_;
};

}  // namespace rotate
