#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cli {

// Options that may stand before or after the command.
struct Globals {
  std::filesystem::path home;  // absolute
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

// Takes the global options out of `arguments`, wherever they stand before a "--". CLI11 2.1 knows them only
// before the command. Throws Error(kUsage) when one lacks its value.
Globals take_globals(std::vector<std::string>& arguments);

}  // namespace cli
