#pragma once

#include <iosfwd>
#include <string_view>

#include "base/clock.h"

namespace server {

enum class LogLevel { kDebug, kVerbose, kNotice, kWarning };  // Redis' loglevel

// One line an event: "2026-11-22T10:30:00Z notice message". Belongs to one thread.
class Log {
 public:
  Log(std::ostream& out, LogLevel least, const base::Clock& clock)
      : out_(out), least_(least), clock_(clock) {}

  void write(LogLevel level, std::string_view message);
  void notice(std::string_view message) { write(LogLevel::kNotice, message); }
  void warning(std::string_view message) { write(LogLevel::kWarning, message); }

 private:
  std::ostream& out_;
  LogLevel least_;
  const base::Clock& clock_;
};

}  // namespace server
