#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/rotation_run.h"
#include "cli/target_options.h"
#include "rotate/target.h"

namespace cli {

// A pair that was made elsewhere, on its way to servers.
struct Deployment {
  std::string certificate;
  std::string key;
  std::string ca;    // empty for the home's root or the system's
  std::string name;  // of the lineage; empty for the first name of the certificate
  std::string owner;
  std::string mode;
  RotationRequest request;
};

// The options of all commands that deploy, but for where the pair is.
void bind_deployment(CLI::App& app, Deployment& deployment, TargetOptions& target);

// Makes the pair a generation of its lineage, unless it is that already, and brings it to `targets` and those
// that the lineage knows. Returns the exit code; throws Error.
int deploy(const Deployment& deployment, const std::vector<rotate::Target>& targets,
           const Environment& environment);

}  // namespace cli
