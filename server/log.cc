#include "server/log.h"

#include <ostream>

#include "base/timestamp.h"

namespace server {

void Log::write(LogLevel level, std::string_view message) {
  constexpr std::string_view kNames[] = {"debug", "verbose", "notice", "warning"};
  if (level < least_) return;
  out_ << base::format_timestamp(clock_.now()) << ' ' << kNames[static_cast<size_t>(level)] << ' ' << message
       << std::endl;
}

}  // namespace server
