#pragma once

#include <string>

#include "cli/command.h"

namespace cli {

// One line on the terminal that tells how far we are; nothing where nobody looks, or with --quiet. The line
// is gone when this is.
class Progress {
 public:
  explicit Progress(const Environment& environment);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  void show(const std::string& text);

 private:
  std::ostream& err_;
  const bool is_watched_;
  bool has_shown_ = false;
};

}  // namespace cli
