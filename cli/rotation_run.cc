#include "cli/rotation_run.h"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "base/secret_source.h"
#include "rotate/open_target.h"

namespace cli {
namespace {

using rotate::Outcome;

std::string milliseconds(std::chrono::microseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", static_cast<double>(time.count()) / 1000);
  return text;
}

std::string in_words(const rotate::RotationResult& result, const std::string& name, size_t targets,
                     bool dry_run) {
  const std::string from = std::to_string(result.from);
  const std::string to = std::to_string(result.to);
  switch (result.outcome) {
    case Outcome::kRotated:
      if (dry_run) return name + ": would go from generation " + from + " to " + to + "; nothing was changed";
      return name + ": generation " + to + " serves on " + std::to_string(targets) +
             (targets == 1 ? " target" : " targets") + ", proved " + milliseconds(result.swap_to_proof) +
             " after the swap";
    case Outcome::kFailed:
      return name + ": failed: " + result.reason;
    case Outcome::kRolledBack:
      return name + ": rolled back to generation " + from + ", which serves everywhere: " + result.reason;
    case Outcome::kUnproved:
      return name + ": a person must look: " + result.reason;
  }
  return "";
}

int report(const rotate::RotationResult& result, const std::string& name, size_t targets, bool dry_run,
           const Environment& environment) {
  const std::string text = in_words(result, name, targets, dry_run);
  if (environment.globals.json) {
    const nlohmann::json document{{"lineage", name},
                                  {"outcome", name_of(result.outcome)},
                                  {"from_generation", result.from},
                                  {"to_generation", result.to},
                                  {"targets", targets},
                                  {"dry_run", dry_run},
                                  {"swap_to_proof_us", result.swap_to_proof.count()},
                                  {"reason", result.reason}};
    environment.context.out << document.dump(2) << "\n";
  } else if (result.outcome == Outcome::kRotated) {
    environment.context.out << text << "\n";
  }
  if (result.outcome != Outcome::kRotated) environment.context.err << "redis-pki: " << text << "\n";
  return exit_code_of(result.outcome);
}

std::unique_ptr<rotate::ReloadTarget> connect(const rotate::Target& target, const pki::Home& home,
                                              const pki::Lineage& lineage, const base::Clock& clock) {
  auto channels = rotate::open_channels(target, home, lineage, [&](const std::string& source) {
    return base::read_secret(source, "Password for " + target.address);
  });
  rotate::WayIn way{std::move(channels.clients), std::move(channels.admin), rotate::leaves_of(lineage)};
  return rotate::open_target(std::move(way), target.restart_command, clock);
}

}  // namespace

int exit_code_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRotated:
      return 0;
    case Outcome::kFailed:
      return 1;
    case Outcome::kRolledBack:
      return 3;
    case Outcome::kUnproved:
      return 4;
  }
  return 4;
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRotated:
      return "rotated";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kRolledBack:
      return "rolled_back";
    case Outcome::kUnproved:
      return "unproved";
  }
  return "";
}

rotate::RotationContext rotation_context(const pki::Lineage& lineage, Issuers& issuers,
                                         const Environment& environment) {
  const auto& clock = environment.context.clock;
  return {[&]() -> pki::Issuer& { return issuers.of(lineage.settings()); }, clock,
          [&lineage, &environment, &clock](const rotate::Target& target) {
            return connect(target, pki::Home(environment.globals.home), lineage, clock);
          },
          [&environment](const rotate::Step& step) {
            if (environment.globals.quiet) return;
            std::ostream& progress =
                environment.globals.json ? environment.context.err : environment.context.out;
            char time[32];
            std::snprintf(time, sizeof time, "%10s", milliseconds(step.took).c_str());
            progress << time << "  " << step.what << std::endl;
          },
          [&environment](const std::string& warning) {
            environment.context.err << "redis-pki: warning: " << warning << std::endl;
          }};
}

int run_rotation(const pki::Lineage& lineage, rotate::TargetStore& store, const RotationRequest& request,
                 const Environment& environment) {
  Issuers issuers(environment, request.ca_passphrase);
  rotate::Rotation rotation(lineage, store, rotation_context(lineage, issuers, environment), request.options);
  const auto result = request.recover ? rotation.recover() : std::optional(rotation.run());
  if (result) {
    return report(*result, lineage.name(), store.states().size(), request.options.dry_run, environment);
  }
  environment.context.out << lineage.name() << ": no rotation was cut off\n";
  return 0;
}

}  // namespace cli
