#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "check/file_source.h"

namespace check {

// What a walk meets, in the order of the names.
struct DirectoryVisitor {
  std::function<void(FoundFile)> file;
  std::function<bool(const std::filesystem::path&)> directory;  // true: it is dealt with, don't go into it
  std::function<void(const std::filesystem::path&, const std::string& why)> unreadable;
  std::function<void(const std::filesystem::path&, const std::string& why)> left_out;
};

// Visits all regular files below a directory, through symbolic links too, each directory once, so that loops
// end. Left out are the payload directories behind Kubernetes' `..data` link, whose files are seen through
// their links, and certbot's `archive`, of which `live` shows what is current. Memory is that of the largest
// directory.
void walk_directory(const std::filesystem::path& directory, const DirectoryVisitor& visitor);

}  // namespace check
