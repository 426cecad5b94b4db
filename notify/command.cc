#include "base/error.h"
#include "base/process.h"
#include "notify/notifier.h"

namespace notify {
namespace {

constexpr std::chrono::seconds kTimeLimit{30};

class CommandNotifier : public Notifier {
 public:
  explicit CommandNotifier(std::vector<std::string> command) : command_(std::move(command)) {}

  void send(const Message& message) override {
    const auto result = base::run_program(command_,
                                          {{"REDIS_PKI_EVENT", message.event},
                                           {"REDIS_PKI_SUBJECT", message.subject},
                                           {"REDIS_PKI_TEXT", message.text}},
                                          message.text + "\n", kTimeLimit);
    if (result.exit_code == 0) return;
    throw base::Error(base::ErrorKind::kRefused, command_.front() + ": " + result.reason());
  }

 private:
  std::vector<std::string> command_;
};

}  // namespace

std::unique_ptr<Notifier> command_notifier(std::vector<std::string> command) {
  return std::make_unique<CommandNotifier>(std::move(command));
}

}  // namespace notify
