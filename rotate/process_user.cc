#include "rotate/process_user.h"

#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace rotate {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLongestName = 15;  // of a process, as the kernel keeps it

// The system decides by the first class that fits, even when a later one would allow more.
bool allows(const ProcessUser& user, const fs::path& path, mode_t right) {
  if (user.uid == 0 || ::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0) return true;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return true;
  if (status.st_uid == user.uid) return (status.st_mode >> 6 & right) != 0;
  const auto& groups = user.groups;
  const bool is_member = std::find(groups.begin(), groups.end(), status.st_gid) != groups.end();
  return (status.st_mode >> (is_member ? 3 : 0) & right) != 0;
}

}  // namespace

std::optional<ProcessUser> user_of_process(int process_id, const fs::path& executable) {
  if (process_id <= 0) return std::nullopt;
  const fs::path process = fs::path("/proc") / std::to_string(process_id);
  std::string name;
  std::getline(std::ifstream(process / "comm") >> std::ws, name);
  if (name.empty() || name != executable.filename().native().substr(0, kLongestName)) return std::nullopt;
  ProcessUser user;
  bool has_uid = false;
  std::ifstream status(process / "status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string key, real;
    words >> key;
    gid_t group = 0;
    if (key == "Uid:") has_uid = static_cast<bool>(words >> real >> user.uid);
    if (key == "Gid:" && words >> real >> group) user.groups.push_back(group);
    while (key == "Groups:" && words >> group) user.groups.push_back(group);
  }
  return has_uid ? std::optional(user) : std::nullopt;
}

bool may_read(const ProcessUser& user, const fs::path& file) {
  constexpr mode_t kRead = 4;
  constexpr mode_t kSearch = 1;
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  if (error || !allows(user, real, kRead)) return static_cast<bool>(error);
  for (fs::path directory = real.parent_path();; directory = directory.parent_path()) {
    if (!allows(user, directory, kSearch)) return false;
    if (directory == directory.root_path()) return true;
  }
}

std::string name_of(const ProcessUser& user) {
  const passwd* entry = ::getpwuid(user.uid);
  return entry != nullptr ? entry->pw_name : "uid " + std::to_string(user.uid);
}

}  // namespace rotate
