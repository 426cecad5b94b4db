#pragma once

#include <chrono>
#include <string>

namespace server {

class Server;

// Valkey's tls-auto-reload-interval, and SIGHUP: looks at all bytes of all TLS files, and installs what has
// changed. A pair of which one half is not there yet is refused and tried again, at growing distances while
// nothing changes.
class Reloader {
 public:
  explicit Reloader(Server& server) : server_(server) {}

  // Looks in the interval that is configured now, the first time when it has passed once. For the start and
  // after each change of the configuration.
  void follow_interval();

  // For SIGHUP: looks now, however often it has failed before, or as soon as no installation is under way.
  void reload_now();

 private:
  void look_later();
  void look(const std::string& by);
  void note_refusal(const std::string& sha256, const std::string& by, const std::string& reason);

  Server& server_;
  std::chrono::seconds interval_{0};
  unsigned schedule_ = 0;       // a later one makes the earlier void
  std::string refused_sha256_;  // of the material that was refused last
  unsigned refusals_ = 0;       // of the same material
  std::chrono::steady_clock::time_point next_try_{};
};

}  // namespace server
