#pragma once

#include <filesystem>
#include <iosfwd>
#include <string_view>

#include "base/clock.h"

namespace server {

enum class LogLevel { kDebug, kVerbose, kNotice, kWarning };  // Redis' loglevel

// One line an event: "2026-11-22T10:30:00Z notice message", to a stream, or behind what a file has: by its
// name each time, so that it can be moved away. With the server's lock.
class Log {
 public:
  // Throws Error when the file can't be written. An empty name is none.
  Log(std::ostream& out, const std::filesystem::path& file, LogLevel least, const base::Clock& clock);

  void write(LogLevel level, std::string_view message);
  void notice(std::string_view message) { write(LogLevel::kNotice, message); }
  void warning(std::string_view message) { write(LogLevel::kWarning, message); }

 private:
  void put(std::ostream& out, LogLevel level, std::string_view message) const;

  std::ostream& out_;
  std::filesystem::path file_;
  LogLevel least_;
  const base::Clock& clock_;
};

}  // namespace server
