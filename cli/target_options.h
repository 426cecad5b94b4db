#pragma once

#include <string>
#include <vector>

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
  std::string timeout = "10s";

  void bind(CLI::App& app);

  // One for each address. Throws Error(kUsage).
  std::vector<rotate::Target> targets(const pki::Home& home) const;
};

}  // namespace cli
