#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rotate/target.h"

namespace rotate {

// What is known of one target: issued (the lineage's business), deployed and verified are separate facts.
struct TargetState {
  Target target;
  int deployed = 0;  // the generation that it was last told to serve; 0 for none
  int verified = 0;  // the generation that it was last seen to serve
  base::Time verified_at{};
  std::string last_error;  // empty after a success
};

// The targets of a lineage and their states, in one file that is replaced as a whole.
class TargetStore {
 public:
  // Reads the file, if there is one. Throws Error(kInvalid).
  explicit TargetStore(std::filesystem::path path);

  std::vector<TargetState>& states() { return states_; }
  const std::vector<TargetState>& states() const { return states_; }

  // Adds the target, or replaces how it is reached; its state stays.
  void remember(const Target& target);

  TargetState* find(const std::string& address);

  void save() const;

 private:
  std::filesystem::path path_;
  std::vector<TargetState> states_;
};

}  // namespace rotate
