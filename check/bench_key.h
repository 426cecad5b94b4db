#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "redis/connection.h"

namespace check {

// A key that is nobody else's, for commands whose cost is measured. Gone with this. When we are killed it
// expires, unless it has been SET, as clients do, without an end.
class BenchKey {
 public:
  // Sets it, on this node of a cluster. Where that is refused only PING is left.
  BenchKey(redis::Connection& control, size_t value_size, std::chrono::seconds lifetime);
  BenchKey(const BenchKey&) = delete;
  BenchKey& operator=(const BenchKey&) = delete;
  ~BenchKey();

  struct Command {
    std::string name;
    std::vector<std::string> words;
  };
  const std::vector<Command>& commands() const { return commands_; }
  const std::string& refusal() const { return refusal_; }  // in the server's words; empty for none

 private:
  redis::Connection& control_;
  std::string name_;
  std::string refusal_;
  std::vector<Command> commands_;
};

}  // namespace check
