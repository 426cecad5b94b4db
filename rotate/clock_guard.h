#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"

namespace rotate {

// A clock that is wrong makes certificates that nobody can use. One that has jumped since the last run, by
// more than 30 days ahead or an hour back, is not believed until it has gone on from there for a day; one
// that has returned is believed at once. `memory` is the file that keeps when the last run was. Returns why
// the clock is doubted; empty when it is believed. Throws Error.
std::string doubt_clock(const std::filesystem::path& memory, base::Time now);

}  // namespace rotate
