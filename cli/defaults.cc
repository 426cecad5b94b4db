#include "cli/defaults.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/words.h"
#include "cli/check_options.h"
#include "cli/issuer_settings.h"
#include "cli/notifications.h"
#include "cli/target_options.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

// A lineage remembers what it was issued with, so these are defaults of new lineages only, which 'issue'
// itself reads.
constexpr const char* kIssue = "issue";
const std::vector<std::string> kIssueKeys = {"key-type", "lifetime", "max-lifetime",
                                             "owner",    "mode",     "reuse-key"};

// What every command that has such an option takes.
const std::vector<std::string> kSharedKeys = {"ca-passphrase"};

std::string variable_of(const std::string& section, const std::string& key) {
  std::string name = "REDIS_PKI_" + (section.empty() ? key : section + "_" + key);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
    return letter == '-' || letter == '.' ? '_' : static_cast<char>(std::toupper(letter));
  });
  return name;
}

std::vector<std::string> names_of(const KnownSettings& known) {
  std::vector<std::string> names;
  for (const auto& [name, keys] : known) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

std::string describe(const std::string& section) { return section.empty() ? "" : "[" + section + "] "; }

// CLI11's spelling of several values.
std::string join(const std::vector<std::string>& values) {
  if (values.size() == 1) return values.front();
  return "[" + CLI::detail::join(values, ",") + "]";
}

}  // namespace

std::string suggestion(const std::string& word, const std::vector<std::string>& known) {
  const auto nearest = base::nearest_word(word, known);
  return nearest ? "; did you mean '" + *nearest + "'?" : "";
}

KnownSettings known_settings(const CLI::App& app) {
  KnownSettings known;
  for (const CLI::App* command : app.get_subcommands({})) {
    auto& keys = known[command->get_name()];
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (name != "help") keys.push_back(name);
      }
    }
  }
  known[""] = kSharedKeys;
  for (const char* profile : {"", ".server", ".client", ".peer"}) {
    known[std::string(kIssue) + profile] = kIssueKeys;
  }
  known["target.*"] = TargetOptions::setting_keys();
  known["check.*"] = CheckOptions::setting_keys();
  known["acme"] = known["issuer.*"] = setting_keys("acme");
  known["vault"] = setting_keys("vault");
  known["issuer.*"].insert(known["issuer.*"].end(), known["vault"].begin(), known["vault"].end());
  known["notify"] = Notifications::setting_keys();
  return known;
}

void require_known(const Settings& settings, const KnownSettings& known) {
  const std::string file = settings.file().native() + ": ";
  for (const auto& [name, section] : settings.sections()) {
    auto keys = known.find(name);
    if (keys == known.end()) keys = known.find(name.substr(0, name.find('.')) + ".*");
    if (keys == known.end()) {
      throw Error(ErrorKind::kUsage,
                  file + "unknown section [" + name + "]" + suggestion(name, names_of(known)));
    }
    for (const auto& [key, values] : section) {
      if (std::find(keys->second.begin(), keys->second.end(), key) != keys->second.end()) continue;
      throw Error(ErrorKind::kUsage,
                  file + describe(name) + "unknown setting '" + key + "'" + suggestion(key, keys->second));
    }
  }
}

void take_environment(Settings& settings, const KnownSettings& known) {
  for (const auto& [section, keys] : known) {
    if (section.ends_with('*')) continue;
    for (const std::string& key : keys) {
      const char* value = std::getenv(variable_of(section, key).c_str());
      if (value != nullptr && *value != '\0') settings.set(section, key, value);
    }
  }
}

void apply_defaults(CLI::App& command, const Settings& settings) {
  std::vector<std::string> sections = {command.get_name(), ""};
  if (command.get_name() == kIssue) sections.erase(sections.begin());
  for (CLI::Option* option : command.get_options()) {
    if (option->get_lnames().empty()) continue;
    const auto* values = settings.find(sections, option->get_lnames().front());
    if (values == nullptr || values->empty()) continue;
    try {
      option->run_callback_for_default()->default_val(join(*values))->required(false);
    } catch (const CLI::Error& error) {
      throw Error(ErrorKind::kUsage, "settings: [" + command.get_name() + "] " + error.what());
    }
  }
}

}  // namespace cli
