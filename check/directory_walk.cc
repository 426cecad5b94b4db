#include "check/directory_walk.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "check/key_file.h"

namespace check {
namespace fs = std::filesystem;
namespace {

class Walk {
 public:
  explicit Walk(const DirectoryVisitor& visitor) : visitor_(visitor) {}

  void enter(const fs::path& directory) {
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0) return visitor_.unreadable(directory, "is gone");
    if (!visited_.emplace(status.st_dev, status.st_ino).second) return;
    std::error_code error;
    std::vector<Entry> entries = read(directory, error);
    if (error) visitor_.unreadable(directory, "can't look into it: " + error.message());
    visit(directory, entries);
  }

 private:
  struct Entry {
    std::string name;
    fs::file_type type;

    bool operator<(const Entry& other) const { return name < other.name; }
  };

  static std::vector<Entry> read(const fs::path& directory, std::error_code& error) {
    std::vector<Entry> entries;
    auto entry = fs::directory_iterator(directory, error);
    while (!error && entry != fs::directory_iterator()) {
      std::error_code ignored;
      entries.push_back({entry->path().filename(), entry->status(ignored).type()});
      entry.increment(error);
    }
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  void visit(const fs::path& directory, const std::vector<Entry>& entries) {
    const auto exists = [&](const std::string& name) {
      return std::binary_search(entries.begin(), entries.end(), Entry{name, {}});
    };
    const bool is_certbots = exists("archive") && exists("live") && exists("renewal");
    for (const Entry& entry : entries) {
      const fs::path path = directory / entry.name;
      if (entry.type == fs::file_type::regular) {
        const auto key = key_name_beside(entry.name, exists);
        visitor_.file({path, key ? directory / *key : fs::path()});
      } else if (entry.type == fs::file_type::not_found) {
        visitor_.unreadable(path, "the symbolic link leads nowhere");
      } else if (entry.type != fs::file_type::directory) {
        continue;  // a socket, a device: nothing that holds certificates
      } else if (entry.name.starts_with("..")) {
        visitor_.left_out(path, "its files are seen through their links");
      } else if (is_certbots && entry.name == "archive") {
        visitor_.left_out(path, "live/ shows what is current");
      } else if (!visitor_.directory(path)) {
        enter(path);
      }
    }
  }

  const DirectoryVisitor& visitor_;
  std::set<std::pair<dev_t, ino_t>> visited_;
};

}  // namespace

void walk_directory(const fs::path& directory, const DirectoryVisitor& visitor) {
  Walk(visitor).enter(directory);
}

}  // namespace check
