#pragma once

#include <chrono>
#include <filesystem>

#include "base/file.h"

namespace rotate {

// Waits for changes of what is in a directory, which may be removed and made again: by inotify, which tells
// at once, and by looking again after a while, since network file systems and some mounts don't tell. What
// changes between two waits ends the second at once. SIGTERM and SIGINT are blocked from then on, and end a
// wait.
class DirectoryWatch {
 public:
  // Throws Error.
  explicit DirectoryWatch(std::filesystem::path directory);

  // False when a signal asks to end; true after a change, and when the time is up.
  bool wait(std::chrono::milliseconds longest);

  bool is_there() const { return watch_ >= 0; }

 private:
  void arm();

  std::filesystem::path directory_;
  base::FileDescriptor inotify_;
  base::FileDescriptor signals_;
  int watch_ = -1;  // of inotify; negative while the directory is not there
};

}  // namespace rotate
