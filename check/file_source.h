#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "check/observation.h"

namespace check {

// A file that a directory holds.
struct FoundFile {
  std::filesystem::path path;
  std::filesystem::path key;  // that lies beside it by its name; empty for none
};

// Looks into a file that was named: PEM, DER, PKCS#12, a Kubernetes secret, or a redis.conf, of which it
// looks at the files that it names. What can't be read is an observation with a failure.
std::vector<Observation> observe_file(const std::filesystem::path& path, const FileOptions& options);

// The same for one of a directory, which may be anything: nothing when it holds nothing of these and its name
// promises nothing of them.
std::vector<Observation> observe_found_file(const FoundFile& file, const FileOptions& options);

}  // namespace check
