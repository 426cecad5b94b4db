#include "base/file.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace base {
namespace fs = std::filesystem;
namespace {

FileDescriptor open_file(const fs::path& path, int flags, std::string_view action) {
  FileDescriptor fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd.is_open()) throw system_error(action, path.native(), errno);
  return fd;
}

// A file with a name of its own beside `path`; removed unless kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& path) : name_(path.native() + ".tmpXXXXXX") {
    fd_ = FileDescriptor(::mkostemp(name_.data(), O_CLOEXEC));  // creates it 0600
    if (!fd_.is_open()) throw system_error("write", path.native(), errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (!kept_) ::unlink(name_.c_str());
  }

  int fd() const { return fd_.get(); }
  const std::string& name() const { return name_; }
  void keep() { kept_ = true; }

 private:
  std::string name_;
  FileDescriptor fd_;
  bool kept_ = false;
};

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      throw system_error("write", path.native(), errno);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void apply_access(int fd, const FileAccess& access, const fs::path& path) {
  if (access.owner || access.group) {
    const uid_t owner = access.owner.value_or(static_cast<uid_t>(-1));
    const gid_t group = access.group.value_or(static_cast<gid_t>(-1));
    if (::fchown(fd, owner, group) != 0) throw system_error("change the owner", path.native(), errno);
  }
  if (::fchmod(fd, access.mode) != 0) throw system_error("change the mode", path.native(), errno);
}

fs::path directory_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

std::optional<unsigned> parse_id(const std::string& text) {
  unsigned id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string read_file(const fs::path& path, size_t limit) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  const FileDescriptor fd = open_file(path, O_RDONLY | O_NONBLOCK, "read");
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw system_error("read", path.native(), errno);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorKind::kInvalid, path.native() + ": not a regular file");

  std::string bytes;
  bytes.resize(std::min(limit, static_cast<size_t>(status.st_size)) + 1);
  size_t length = 0;
  while (true) {
    const ssize_t count = ::read(fd.get(), bytes.data() + length, bytes.size() - length);
    if (count < 0) {
      if (errno == EINTR) continue;
      throw system_error("read", path.native(), errno);
    }
    if (count == 0) break;
    length += static_cast<size_t>(count);
    if (length > limit) {
      throw Error(ErrorKind::kInvalid, path.native() + ": larger than " + std::to_string(limit) + " bytes");
    }
    if (length == bytes.size()) bytes.resize(std::min(limit + 1, bytes.size() * 2));
  }
  bytes.resize(length);
  return bytes;
}

Secret read_secret_file(const fs::path& path, size_t limit) { return Secret(read_file(path, limit)); }

void write_file(const fs::path& path, std::string_view bytes, const FileAccess& access,
                Durability durability) {
  TemporaryFile file(path);
  apply_access(file.fd(), access, path);
  write_all(file.fd(), bytes, path);
  if (durability == Durability::kNow && ::fsync(file.fd()) != 0)
    throw system_error("write", path.native(), errno);
  if (::rename(file.name().c_str(), path.c_str()) != 0) throw system_error("write", path.native(), errno);
  file.keep();
  if (durability == Durability::kNow) sync_directory(directory_of(path));
}

void create_file(const fs::path& path, std::string_view bytes, const FileAccess& access,
                 Durability durability) {
  const FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.is_open()) throw system_error("write", path.native(), errno);
  apply_access(fd.get(), access, path);
  write_all(fd.get(), bytes, path);
  if (durability == Durability::kNow && ::fsync(fd.get()) != 0)
    throw system_error("write", path.native(), errno);
}

void write_link(const fs::path& path, const fs::path& destination, Durability durability) {
  const std::string temporary = path.native() + ".tmp" + std::to_string(::getpid());
  ::unlink(temporary.c_str());
  if (::symlink(destination.c_str(), temporary.c_str()) != 0)
    throw system_error("link", path.native(), errno);
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary.c_str());
    throw system_error("link", path.native(), reason);
  }
  if (durability == Durability::kNow) sync_directory(directory_of(path));
}

void make_directories(const fs::path& path, mode_t mode, Durability durability) {
  if (path.empty() || fs::is_directory(path)) return;
  make_directories(path.parent_path(), mode, durability);
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST && fs::is_directory(path)) return;
    throw system_error("make the directory", path.native(), errno);
  }
  if (::chmod(path.c_str(), mode) != 0) throw system_error("change the mode", path.native(), errno);
  if (durability == Durability::kNow) sync_directory(directory_of(path));
}

void rename_file(const fs::path& from, const fs::path& to, Durability durability) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw system_error("rename", from.native(), errno);
  if (durability == Durability::kNow) sync_directory(directory_of(to));
}

void remove_durably(const fs::path& path) {
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return;
    throw system_error("remove", path.native(), errno);
  }
  sync_directory(directory_of(path));
}

void sync_directory(const fs::path& path) {
  const FileDescriptor fd = open_file(path, O_RDONLY | O_DIRECTORY, "open");
  if (::fsync(fd.get()) != 0) throw system_error("sync", path.native(), errno);
}

void sync_filesystem(const fs::path& path) {
  const FileDescriptor fd = open_file(path, O_RDONLY | O_DIRECTORY, "open");
  if (::syncfs(fd.get()) != 0) throw system_error("sync", path.native(), errno);
}

FileAccess access_of(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) throw system_error("read", path.native(), errno);
  return {static_cast<mode_t>(status.st_mode & 07777), status.st_uid, status.st_gid};
}

FileAccess parse_owner(std::string_view owner, FileAccess access) {
  const size_t colon = owner.find(':');
  const std::string user(owner.substr(0, colon));
  const std::string group(colon == std::string_view::npos ? "" : owner.substr(colon + 1));
  if (!user.empty()) {
    if (const passwd* entry = ::getpwnam(user.c_str())) {
      access.owner = entry->pw_uid;
    } else if (const auto id = parse_id(user)) {
      access.owner = *id;
    } else {
      throw Error(ErrorKind::kUsage, "--owner: this system has no user '" + user + "'");
    }
  }
  if (!group.empty()) {
    if (const ::group* entry = ::getgrnam(group.c_str())) {
      access.group = entry->gr_gid;
    } else if (const auto id = parse_id(group)) {
      access.group = *id;
    } else {
      throw Error(ErrorKind::kUsage, "--owner: this system has no group '" + group + "'");
    }
  }
  return access;
}

}  // namespace base
