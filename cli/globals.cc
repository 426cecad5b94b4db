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

// Takes the value of `option` at `i`, as its own word or behind a "=".
std::optional<std::string> take_value(std::string_view option, const std::vector<std::string>& arguments,
                                      size_t& i) {
  const std::string& argument = arguments[i];
  std::string value;
  if (argument == option) {
    if (++i < arguments.size()) value = arguments[i];
  } else if (argument.starts_with(std::string(option) + "=")) {
    value = argument.substr(option.size() + 1);
  } else {
    return std::nullopt;
  }
  if (value.empty()) throw base::Error(base::ErrorKind::kUsage, std::string(option) + ": names nothing");
  return value;
}

}  // namespace

Globals take_globals(std::vector<std::string>& arguments) {
  Globals globals;
  globals.home = default_home();
  globals.settings = environment("REDIS_PKI_SETTINGS");
  std::vector<std::string> rest;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      rest.insert(rest.end(), arguments.begin() + static_cast<long>(i), arguments.end());
      break;
    }
    if (take_flag(argument, globals)) continue;
    if (const auto home = take_value("--home", arguments, i)) {
      globals.home = *home;
    } else if (const auto settings = take_value("--settings", arguments, i)) {
      globals.settings = *settings;
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
