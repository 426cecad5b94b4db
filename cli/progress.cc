#include "cli/progress.h"

#include <unistd.h>

#include <ostream>

namespace cli {
namespace {

constexpr const char* kNewLine = "\r\x1b[K";  // in the place of the old one

}  // namespace

Progress::Progress(const Environment& environment)
    : err_(environment.context.err),
      is_watched_(::isatty(STDERR_FILENO) != 0 && !environment.globals.quiet) {}

Progress::~Progress() {
  if (has_shown_) err_ << kNewLine << std::flush;
}

void Progress::show(const std::string& text) {
  if (!is_watched_) return;
  err_ << kNewLine << text << std::flush;
  has_shown_ = true;
}

}  // namespace cli
