#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cli {

// Options that may stand before or after the command.
struct Globals {
  std::filesystem::path home;      // absolute
  std::filesystem::path settings;  // empty when none is named
  bool json = false;
  bool quiet = false;
  bool verbose = false;

  std::filesystem::path default_settings() const { return home / "redis-pki.toml"; }
};

// Takes the global options out of `arguments`, wherever they stand before a "--". CLI11 2.1 knows them only
// before the command. Throws Error(kUsage) when one lacks its value.
Globals take_globals(std::vector<std::string>& arguments);

}  // namespace cli
