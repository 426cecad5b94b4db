#include "pki/backup.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "pki/ledger.h"
#include "pki/sealed_file.h"

namespace pki {
namespace fs = std::filesystem;
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr size_t kLargestBackup = size_t{1} << 30;

// The archive is a list of entries: a line of JSON, then as many bytes as it says.
void append_entry(base::Secret& archive, const json& header, std::string_view bytes) {
  json line = header;
  line["size"] = bytes.size();
  archive.append(line.dump() + "\n");
  archive.append(bytes);
}

bool is_left_out(const Home& home, const fs::path& path) {
  const std::string name = path.filename();
  return path == home.ledger() || name.starts_with("ledger.db-") || name == "lock" ||
         name == "rotation.lock" || name.starts_with(".new-") || name.find(".tmp") != std::string::npos;
}

// What vanishes while we look was pruned: it belongs to no state that must be kept.
void append_path(base::Secret& archive, const Home& home, const fs::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  json header{{"path", path.lexically_relative(home.root()).native()},
              {"mode", status.st_mode & 07777},
              {"owner", status.st_uid},
              {"group", status.st_gid}};
  if (S_ISLNK(status.st_mode)) {
    header["type"] = "link";
    append_entry(archive, header, fs::read_symlink(path).native());
  } else if (S_ISDIR(status.st_mode)) {
    header["type"] = "directory";
    append_entry(archive, header, "");
  } else if (S_ISREG(status.st_mode)) {
    header["type"] = "file";
    const base::Secret bytes = base::read_secret_file(path);
    append_entry(archive, header, bytes.bytes());
  }
}

void append_tree(base::Secret& archive, const Home& home, const fs::path& directory) {
  // Links first: a generation that `current` leads to is never removed.
  std::vector<fs::path> links, others;
  for (const auto& entry : fs::directory_iterator(directory)) {
    (entry.is_symlink() ? links : others).push_back(entry.path());
  }
  for (const auto* group : {&links, &others}) {
    for (const fs::path& path : *group) {
      if (is_left_out(home, path)) continue;
      append_path(archive, home, path);
      if (!fs::is_symlink(path) && fs::is_directory(path)) append_tree(archive, home, path);
    }
  }
}

// After the files, so that it knows every certificate among them.
void append_ledger(base::Secret& archive, const Home& home) {
  const fs::path copy = home.root() / (".ledger-copy.tmp" + std::to_string(::getpid()));
  fs::remove(copy);
  Ledger(home.ledger()).copy_to(copy);
  const std::string bytes = base::read_file(copy, kLargestBackup);
  fs::remove(copy);
  append_entry(archive,
               {{"path", home.ledger().filename()},
                {"type", "file"},
                {"mode", 0600},
                {"owner", ::geteuid()},
                {"group", ::getegid()}},
               bytes);
}

fs::path checked_path(const json& header) {
  const fs::path path = header.at("path").get<std::string>();
  for (const auto& part : path) {
    if (part == ".." || part == "/")
      throw Error(ErrorKind::kInvalid, "the backup holds a path outside of the home");
  }
  return path;
}

void restore_entry(const fs::path& root, const json& header, std::string_view bytes) {
  const fs::path path = root / checked_path(header);
  const std::string type = header.at("type").get<std::string>();
  base::FileAccess access{.mode = header.at("mode").get<mode_t>()};
  if (::geteuid() == 0) {
    access.owner = header.at("owner").get<uid_t>();
    access.group = header.at("group").get<gid_t>();
  }
  if (type == "directory") {
    base::make_directories(path, access.mode, base::Durability::kLater);
  } else if (type == "link") {
    base::write_link(path, std::string(bytes), base::Durability::kLater);
  } else {
    base::write_file(path, bytes, access, base::Durability::kLater);
  }
}

void restore_archive(const fs::path& root, std::string_view archive) {
  while (!archive.empty()) {
    const size_t end = archive.find('\n');
    if (end == std::string_view::npos) throw Error(ErrorKind::kInvalid, "the backup is cut off");
    const json header = json::parse(archive.substr(0, end));
    archive.remove_prefix(end + 1);
    const auto size = header.at("size").get<size_t>();
    if (size > archive.size()) throw Error(ErrorKind::kInvalid, "the backup is cut off");
    restore_entry(root, header, archive.substr(0, size));
    archive.remove_prefix(size);
  }
}

}  // namespace

void back_up(const Home& home, const fs::path& file, const base::Secret& passphrase) {
  if (!fs::exists(home.ledger()))
    throw Error(ErrorKind::kNotFound, home.root().native() + ": there is no PKI to back up");
  base::Secret archive;
  append_tree(archive, home, home.root());
  append_ledger(archive, home);
  base::write_file(file, seal(archive.bytes(), passphrase).bytes(), {.mode = 0600});
}

void restore(const Home& home, const fs::path& file, const base::Secret& passphrase) {
  if (fs::exists(home.root()) && !(fs::is_directory(home.root()) && fs::is_empty(home.root()))) {
    throw Error(ErrorKind::kExists,
                home.root().native() + ": is there already; a backup is restored where nothing is");
  }
  const base::Secret archive = unseal(base::read_file(file, kLargestBackup), passphrase, file.native());
  const fs::path staged = home.root().native() + ".restoring" + std::to_string(::getpid());
  try {
    base::make_directories(staged, 0755);
    restore_archive(staged, archive.bytes());
    base::sync_filesystem(staged);
    std::error_code ignored;
    fs::remove(home.root(), ignored);  // an empty directory
    base::rename_file(staged, home.root());
  } catch (const json::exception& error) {
    fs::remove_all(staged);
    throw Error(ErrorKind::kInvalid, file.native() + ": " + error.what());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(staged, ignored);
    throw;
  }
}

}  // namespace pki
