#include "rotate/installation.h"

#include <algorithm>

#include "pki/authority_change.h"
#include "rotate/node_command.h"

namespace rotate {
namespace fs = std::filesystem;
namespace {

bool lies_below(const fs::path& file, const fs::path& directory) {
  const fs::path below = fs::weakly_canonical(directory);
  const fs::path whole = fs::weakly_canonical(file);
  return std::mismatch(below.begin(), below.end(), whole.begin(), whole.end()).first == below.end();
}

}  // namespace

void Installation::install(const Plan& plan) const {
  for (const InPlacePair& pair : plan.files) rotate::install(pair, lineage_.paths().generation(plan.to));
  for (const TargetPlan& target : plan.targets) deliver(target, plan.to);
}

void Installation::put_back(const Plan& plan) const {
  if (plan.moves_link && plan.from != 0 && lineage_.current() != plan.from) lineage_.set_current(plan.from);
  for (const InPlacePair& pair : plan.files) restore(pair);
  for (const TargetPlan& target : plan.targets) {
    deliver(target, generation_of(lineage_, target.served).value_or(0));
  }
}

void Installation::deliver(const TargetPlan& target, int generation) const {
  if (target.copy_command.empty() || generation == 0) return;
  const std::string& command = copy_command_of(target);
  const auto files = lineage_.paths().generation(generation);
  Delivery delivery{target.address, lineage_.name(), generation, files, target.after.server, {}, ""};
  if (target.gets_server_pair) run_copy_command(command, delivery);
  if (!target.gets_client_pair || target.after.client == target.after.server) return;
  delivery.there = target.after.client;
  run_copy_command(command, delivery);
}

void Installation::bring_trust(const TargetPlan& target, const std::string& file,
                               const TrustChange& change) const {
  if (!target.copy_command.empty()) {
    return run_copy_command(copy_command_of(target),
                            {target.address, lineage_.name(), 0, {}, {}, change.client_roots, file});
  }
  std::error_code error;
  if (file.empty() || !fs::exists(file, error)) return;
  if (lies_below(file, lineage_.paths().directory.parent_path())) return;
  pki::change_certificates(file, change.added, change.removed);
}

// The one that it has now: that which the plan was made with may be what went wrong.
const std::string& Installation::copy_command_of(const TargetPlan& target) const {
  const TargetState* state = targets_.find(target.address);
  return state == nullptr ? target.copy_command : state->target.copy_command;
}

}  // namespace rotate
