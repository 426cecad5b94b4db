#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/settings.h"

namespace CLI {
class App;
}

namespace cli {

// The keys that each section of a settings file may have; "target.*" stands for all of [target.NAME].
using KnownSettings = std::map<std::string, std::vector<std::string>>;

// A section for each subcommand of `app`, with the names of its options, and those that commands read
// themselves.
KnownSettings known_settings(const CLI::App& app);

// Throws Error(kUsage) that names the nearest for a section or a key that is not known.
void require_known(const Settings& settings, const KnownSettings& known);

// The environment wins over the file: REDIS_PKI_SECTION_KEY in capitals, with _ for dashes and dots.
void take_environment(Settings& settings, const KnownSettings& known);

// Gives the options of a subcommand the defaults that the settings have for them.
void apply_defaults(CLI::App& command, const Settings& settings);

// "; did you mean 'WORD'?", or nothing when no known word is near.
std::string suggestion(const std::string& word, const std::vector<std::string>& known);

}  // namespace cli
