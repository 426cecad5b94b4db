#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "rotate/reload_target.h"
#include "rotate/target.h"

namespace rotate {

// What is known of one target: issued (the lineage's business), deployed and verified are separate facts.
struct TargetState {
  Target target;
  int deployed = 0;  // the generation that it was last told to serve; 0 for none
  int verified = 0;  // the generation that it was last seen to serve
  base::Time verified_at{};
  std::string last_error;  // empty after a success
  Mark mark;               // when it got the certificate that it serves
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

  // False when there is no such target.
  bool forget(const std::string& address);

  TargetState* find(const std::string& address);

  // The generations up to this one were taken back by hand: they are not deployed again by themselves.
  int withdrawn() const { return withdrawn_; }
  void withdraw(int generation) { withdrawn_ = generation; }

  void save() const;

 private:
  std::filesystem::path path_;
  std::vector<TargetState> states_;
  int withdrawn_ = 0;
};

}  // namespace rotate
