#include "server/log.h"

#include <cerrno>
#include <fstream>

#include "base/error.h"
#include "base/timestamp.h"

namespace server {

Log::Log(std::ostream& out, const std::filesystem::path& file, LogLevel least, const base::Clock& clock)
    : out_(out), file_(file), least_(least), clock_(clock) {
  if (!file_.empty() && !std::ofstream(file_, std::ios::app)) {
    throw base::system_error("write", file_.native(), errno);
  }
}

void Log::write(LogLevel level, std::string_view message) {
  if (level < least_) return;
  if (file_.empty()) return put(out_, level, message);
  if (std::ofstream file(file_, std::ios::app); file) return put(file, level, message);
  put(out_, level, message);
}

void Log::put(std::ostream& out, LogLevel level, std::string_view message) const {
  constexpr std::string_view kNames[] = {"debug", "verbose", "notice", "warning"};
  out << base::format_timestamp(clock_.now()) << ' ' << kNames[static_cast<size_t>(level)] << ' ' << message
      << std::endl;
}

}  // namespace server
