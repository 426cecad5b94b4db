#include "rotate/copy_command.h"

#include "base/error.h"
#include "base/process.h"
#include "base/words.h"

namespace rotate {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::chrono::seconds kTimeLimit{60};

}  // namespace

void run_copy_command(const std::string& command, const Delivery& delivery) {
  const auto words = base::split_words(command);
  if (!words || words->empty())
    throw Error(ErrorKind::kUsage, "the copy command '" + command + "' has unbalanced quotes, or no words");
  const bool has_pair = delivery.generation != 0;
  const auto of_pair = [&](const std::string& path) { return has_pair ? path : std::string(); };
  const auto result = base::run_program(
      *words,
      {{"REDIS_PKI_NODE", delivery.node},
       {"REDIS_PKI_LINEAGE", delivery.lineage},
       {"REDIS_PKI_GENERATION", of_pair(std::to_string(delivery.generation))},
       {"REDIS_PKI_CERT", of_pair(delivery.files.certificate())},
       {"REDIS_PKI_KEY", of_pair(delivery.files.key())},
       {"REDIS_PKI_CA", of_pair(delivery.files.roots())},
       {"REDIS_PKI_REMOTE_CERT", of_pair(delivery.there.certificate)},
       {"REDIS_PKI_REMOTE_KEY", of_pair(delivery.there.key)},
       {"REDIS_PKI_TRUST", delivery.client_roots_there.empty() ? "" : delivery.client_roots.native()},
       {"REDIS_PKI_REMOTE_TRUST", delivery.client_roots_there}},
      "", kTimeLimit);
  if (result.exit_code == 0 && !result.timed_out) return;
  throw Error(ErrorKind::kRefused,
              delivery.node + ": the copy command '" + words->front() + "' failed: " + result.reason());
}

}  // namespace rotate
