#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rotate {

// The system user that a process runs as.
struct ProcessUser {
  uid_t uid = 0;
  std::vector<gid_t> groups;
};

// Of the process with this id, if it has the name of this executable on this host; nothing when that can't be
// seen. (Where it lies, a server that was started without its path doesn't know.)
std::optional<ProcessUser> user_of_process(int process_id, const std::filesystem::path& executable);

// False only when it is certain: an access list, or a directory that we can't look into, may allow it.
bool may_read(const ProcessUser& user, const std::filesystem::path& file);

// "redis", or "uid 1000" when the system has no name for it.
std::string name_of(const ProcessUser& user);

}  // namespace rotate
