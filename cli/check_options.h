#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "check/scan.h"
#include "cli/command.h"

namespace CLI {
class App;
}

namespace cli {

// What is looked at, and how it is judged: what `check` and `exporter` have in common.
struct CheckOptions {
  std::vector<std::string> targets;
  std::string warning;
  std::string critical;
  std::string ca;
  std::string passphrase;
  std::string client_lineage;
  std::string client_certificate;
  std::string client_key;
  std::string server_name;
  std::string timeout = "5s";

  void bind(CLI::App& app);

  // What a [check.TARGET] section may say.
  static std::vector<std::string> setting_keys();

  // Looks at the targets, once more each time. Throws Error(kUsage), and for files that the options name.
  check::Tally scan(const Environment& environment, const check::Scan::Take& take,
                    const std::function<void(size_t)>& progress = {}) const;
};

}  // namespace cli
