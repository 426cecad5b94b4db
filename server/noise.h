#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "server/log.h"

namespace server {

// Log lines that strangers could cause without end: of each kind one a minute, which says how many there
// were.
class Noise {
 public:
  void log(Log& log, const std::string& kind, const std::string& details) {
    constexpr std::chrono::minutes kBetween{1};
    const auto now = std::chrono::steady_clock::now();
    Kind& noted = kinds_[kind];
    ++noted.unsaid;
    if (noted.said && now - noted.last < kBetween) return;
    const std::string others =
        noted.unsaid > 1 ? " others_since_the_last_line=" + std::to_string(noted.unsaid - 1) : "";
    log.warning(kind + ": " + details + others);
    noted = {true, now, 0};
  }

 private:
  struct Kind {
    bool said = false;
    std::chrono::steady_clock::time_point last;
    uint64_t unsaid = 0;
  };
  std::map<std::string, Kind> kinds_;
};

}  // namespace server
