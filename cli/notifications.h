#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "notify/notifier.h"

namespace cli {

// Tells those whom the section [notify] of the settings names, once for each event and not once for each run:
// what was told last about a subject is remembered in the home until the subject has recovered.
class Notifications {
 public:
  // Throws Error(kUsage) when the section is wrong.
  explicit Notifications(const Environment& environment);

  // Sends unless this event was told last about its subject. What can't be sent is a warning, and is tried
  // again when the event comes up again.
  void tell(const notify::Message& message);

  // Tells that a subject is well again, if something else was told before.
  void tell_recovery(const std::string& subject, const std::string& text);

  // Whether nobody is named.
  bool empty() const { return notifiers_.empty(); }

  static std::vector<std::string> setting_keys();

 private:
  bool send(const notify::Message& message);

  const Environment& environment_;
  std::filesystem::path memory_;
  std::vector<std::unique_ptr<notify::Notifier>> notifiers_;
};

}  // namespace cli
