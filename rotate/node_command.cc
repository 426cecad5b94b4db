#include "rotate/node_command.h"

#include "base/error.h"
#include "base/process.h"
#include "base/words.h"

namespace rotate {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::chrono::seconds kTimeLimit{60};

}  // namespace

void run_node_command(const std::string& command, const std::string& what, const std::string& node,
                      std::map<std::string, std::string> variables) {
  const auto words = base::split_words(command);
  if (!words || words->empty())
    throw Error(ErrorKind::kUsage, "--" + what + "-command: unbalanced quotes, or no words: " + command);
  variables["REDIS_PKI_NODE"] = node;
  std::string reason;
  try {
    const auto result = base::run_program(*words, variables, "", kTimeLimit);
    if (result.exit_code == 0 && !result.timed_out) return;
    reason = words->front() + ": " + result.reason();
  } catch (const Error& error) {
    reason = error.what();
  }
  throw Error(ErrorKind::kRefused, node + ": the " + what + " command failed: " + reason);
}

void run_copy_command(const std::string& command, const Delivery& delivery) {
  const auto of_pair = [&](const std::string& path) { return delivery.generation != 0 ? path : ""; };
  run_node_command(command, "copy", delivery.node,
                   {{"REDIS_PKI_LINEAGE", delivery.lineage},
                    {"REDIS_PKI_GENERATION", of_pair(std::to_string(delivery.generation))},
                    {"REDIS_PKI_CERT", of_pair(delivery.files.certificate())},
                    {"REDIS_PKI_KEY", of_pair(delivery.files.key())},
                    {"REDIS_PKI_CA", of_pair(delivery.files.roots())},
                    {"REDIS_PKI_REMOTE_CERT", of_pair(delivery.there.certificate)},
                    {"REDIS_PKI_REMOTE_KEY", of_pair(delivery.there.key)},
                    {"REDIS_PKI_TRUST", delivery.client_roots},
                    {"REDIS_PKI_REMOTE_TRUST", delivery.client_roots_there}});
}

}  // namespace rotate
