#include "cli/run.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <ostream>

#include "base/error.h"
#include "base/words.h"
#include "cli/command.h"
#include "cli/defaults.h"
#include "cli/version.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr size_t kLongestMessage = 2000;  // what a message quotes may be a whole file
constexpr int kUnknown = 3;               // what Nagios' conventions want for a check that can't be done

constexpr const char* kFooter = R"(Global options, before or after the command:
  --home DIR       the directory of the PKI (default: $REDIS_PKI_HOME, else /etc/redis-pki for root,
                   else ~/.local/share/redis-pki)
  --settings FILE  defaults for options (default: $REDIS_PKI_SETTINGS, else redis-pki.toml in the home)
  --json           one JSON document as the result
  -q, --quiet      no progress; the server logs warnings only
  -v, --verbose    the server logs every failed handshake

'redis-pki COMMAND --help' shows a command's options and examples.)";

struct Commands {
  CLI::App app{"The life of TLS certificates in Redis-compatible servers.", "redis-pki"};
  std::map<std::string, Run> runs;

  explicit Commands(const Environment& environment) {
    app.set_version_flag("--version", std::string("redis-pki ") + kVersion);
    app.require_subcommand(1);
    app.footer(kFooter);
#define COMMAND(name, function, summary) \
  runs[name] = bind_##function(*app.add_subcommand(name, summary), environment);
#include "cli/commands.def"
#undef COMMAND
  }
};

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const char* global : {"--home", "--settings", "--json", "--quiet", "--verbose"})
    names.emplace_back(global);
  return names;
}

// A first word that is no command is a typing error in it, whatever follows.
void require_known_command(const std::vector<std::string>& arguments, const Commands& commands) {
  if (arguments.empty()) throw Error(ErrorKind::kUsage, "which command? 'redis-pki --help' lists them");
  const std::string& word = arguments.front();
  if (word.starts_with("-") || commands.runs.contains(word)) return;
  std::vector<std::string> known;
  for (const auto& [name, run] : commands.runs) known.push_back(name);
  throw Error(ErrorKind::kUsage, "unknown command '" + word + "'" + suggestion(word, known));
}

std::string describe(const CLI::ParseError& error, const CLI::App& app) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return error.what();
  for (const CLI::App* subcommand : app.get_subcommands()) {
    for (const std::string& word : subcommand->remaining()) {
      if (!word.starts_with("-")) return "unexpected argument '" + word + "'";
      return "unknown option '" + word + "'" +
             suggestion(word.substr(0, word.find('=')), option_names(*subcommand));
    }
  }
  for (const std::string& word : app.remaining())
    return "unknown option '" + word + "'" + suggestion(word, option_names(app));
  return error.what();
}

// Help must be there also when the settings are wrong.
bool asks_for_help(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(), [](const std::string& word) {
    return word == "--help" || word == "-h" || word == "--version";
  });
}

// The file that is named, else the home's if there is one; the environment over it.
Settings read_settings(const Globals& globals, const CLI::App& app) {
  const auto known = known_settings(app);
  const bool is_there = !globals.settings.empty() || std::filesystem::exists(globals.default_settings());
  Settings settings;
  if (is_there) {
    settings = Settings::read(globals.settings.empty() ? globals.default_settings() : globals.settings);
  }
  require_known(settings, known);
  take_environment(settings, known);
  return settings;
}

int exit_code_of(const Error& error, const std::string& command) {
  if (command == "check" || command == "audit" || command == "doctor") return kUnknown;
  return error.kind() == ErrorKind::kUsage ? kUsage : kFailed;
}

// `command` becomes the command's name as soon as it is known.
int parse_and_run(std::vector<std::string> arguments, Context& context, std::string& command) {
  const Globals globals = take_globals(arguments);
  if (!arguments.empty()) command = arguments.front();
  Settings settings;
  const Environment environment{context, globals, settings};
  Commands commands(environment);
  require_known_command(arguments, commands);
  if (!asks_for_help(arguments)) settings = read_settings(globals, commands.app);
  for (CLI::App* subcommand : commands.app.get_subcommands({})) {
    if (subcommand->get_name() == command) apply_defaults(*subcommand, settings);
  }
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    commands.app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return commands.app.exit(error, context.out, context.err);  // --help, --version
    }
    throw Error(ErrorKind::kUsage, describe(error, commands.app));
  }
  return commands.runs.at(commands.app.get_subcommands().front()->get_name())();
}

}  // namespace

int run(std::vector<std::string> arguments, Context& context) {
  std::string command;
  try {
    return parse_and_run(std::move(arguments), context, command);
  } catch (const Error& error) {
    context.err << "redis-pki: " << base::printable(error.what(), kLongestMessage) << std::endl;
    return exit_code_of(error, command);
  } catch (const std::exception& error) {
    context.err << "redis-pki: unexpected: " << base::printable(error.what(), kLongestMessage) << std::endl;
    return exit_code_of(Error(ErrorKind::kInternal, error.what()), command);
  }
}

}  // namespace cli
