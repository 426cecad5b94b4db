#include "pki/staging_directory.h"

#include <stdlib.h>

#include <cerrno>

#include "base/error.h"

namespace pki {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPrefix = ".new-";  // no lineage's name begins with a dot

fs::path lock_of(const fs::path& directory) { return directory / ".lock"; }

void remove_leftovers(const fs::path& lineages) {
  for (const auto& entry : fs::directory_iterator(lineages)) {
    if (!entry.path().filename().native().starts_with(kPrefix)) continue;
    const auto lock = base::FileLock::try_acquire(lock_of(entry.path()));
    std::error_code ignored;
    if (lock) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

StagingDirectory::StagingDirectory(const Home& home) {
  const auto held = base::FileLock::acquire(home.lock());
  base::make_directories(home.lineages(), 0755);
  remove_leftovers(home.lineages());
  std::string name = home.lineages() / (std::string(kPrefix) + "XXXXXX");
  if (::mkdtemp(name.data()) == nullptr) {
    throw base::system_error("make a directory in", home.lineages().native(), errno);
  }
  path_ = name;
  lock_ = base::FileLock::acquire(lock_of(path_));
}

StagingDirectory::~StagingDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace pki
