#include "rotate/directory_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/error.h"

namespace rotate {
namespace {

constexpr std::chrono::milliseconds kLookForDirectory{500};  // while it is not there
constexpr uint32_t kChanges = IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF |
                              IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

}  // namespace

DirectoryWatch::DirectoryWatch(std::filesystem::path directory) : directory_(std::move(directory)) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signals_ = base::FileDescriptor(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
  inotify_ = base::FileDescriptor(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!signals_.is_open() || !inotify_.is_open())
    throw base::system_error("watch", directory_.native(), errno);
  arm();
}

void DirectoryWatch::arm() {
  if (watch_ < 0) watch_ = ::inotify_add_watch(inotify_.get(), directory_.c_str(), kChanges);
}

bool DirectoryWatch::wait(std::chrono::milliseconds longest) {
  const bool was_missing = watch_ < 0;
  arm();
  if (was_missing && watch_ >= 0) return true;
  if (watch_ < 0) longest = std::min(longest, kLookForDirectory);
  pollfd waits[] = {{inotify_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  if (::poll(waits, 2, static_cast<int>(longest.count())) <= 0) return true;
  if (waits[1].revents != 0) return false;
  alignas(inotify_event) char buffer[16 * 1024];
  for (ssize_t count; (count = ::read(inotify_.get(), buffer, sizeof buffer)) > 0;) {
    for (const char* at = buffer; at < buffer + count;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      const bool is_over = (event->mask & (IN_IGNORED | IN_MOVE_SELF)) != 0;
      if (is_over && event->wd == watch_) {
        ::inotify_rm_watch(inotify_.get(), watch_);  // fails when it is gone already
        watch_ = -1;
      }
      at += sizeof(inotify_event) + event->len;
    }
  }
  return true;
}

}  // namespace rotate
