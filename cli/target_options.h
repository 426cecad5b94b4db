#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "rotate/target.h"

namespace CLI {
class App;
}

namespace cli {

// The options that say which servers, and how they are reached.
struct TargetOptions {
  std::vector<std::string> addresses;
  std::string user;
  std::string password;
  std::string client_lineage;
  std::string client_certificate;
  std::string client_key;
  std::string ca;
  std::string server_name;
  std::string admin;
  std::string timeout;
  bool discovers = false;
  std::string copy_command;
  std::string restart_command;

  void bind(CLI::App& app);

  // What a [target.NAME] section may say.
  static std::vector<std::string> setting_keys();

  // One for each address or [target.NAME] section, whose settings the options override. Throws Error(kUsage).
  std::vector<rotate::Target> targets(const Environment& environment) const;

 private:
  TargetOptions with_section(const Settings::Section& section) const;
  rotate::Target target(const std::string& address, const pki::Home& home) const;
};

}  // namespace cli
