#include "cli/globals.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "base/error.h"

namespace cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::filesystem::path default_home() {
  if (const std::string home = environment("REDIS_PKI_HOME"); !home.empty()) return home;
  if (::geteuid() == 0) return "/etc/redis-pki";
  if (const std::string data = environment("XDG_DATA_HOME"); !data.empty()) {
    return std::filesystem::path(data) / "redis-pki";
  }
  return std::filesystem::path(environment("HOME")) / ".local" / "share" / "redis-pki";
}

bool take_flag(const std::string& argument, Globals& globals) {
  if (argument == "--json") {
    globals.json = true;
  } else if (argument == "-q" || argument == "--quiet") {
    globals.quiet = true;
  } else if (argument == "-v" || argument == "--verbose") {
    globals.verbose = true;
  } else {
    return false;
  }
  return true;
}

}  // namespace

Globals take_globals(std::vector<std::string>& arguments) {
  constexpr std::string_view kHome = "--home";
  Globals globals;
  globals.home = default_home();
  std::vector<std::string> rest;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      rest.insert(rest.end(), arguments.begin() + static_cast<long>(i), arguments.end());
      break;
    }
    if (take_flag(argument, globals)) continue;
    if (argument == kHome) {
      if (++i == arguments.size()) throw base::Error(base::ErrorKind::kUsage, "--home: names no directory");
      globals.home = arguments[i];
    } else if (argument.starts_with(std::string(kHome) + "=")) {
      globals.home = argument.substr(kHome.size() + 1);
    } else {
      rest.push_back(argument);
    }
  }
  if (globals.home.empty()) throw base::Error(base::ErrorKind::kUsage, "--home: names no directory");
  globals.home = std::filesystem::absolute(globals.home).lexically_normal();
  if (!globals.home.has_filename()) globals.home = globals.home.parent_path();
  arguments = std::move(rest);
  return globals;
}

}  // namespace cli
