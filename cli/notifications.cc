#include "cli/notifications.h"

#include <map>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/secret_source.h"
#include "pki/home.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr const char* kSection = "notify";

class Section {
 public:
  explicit Section(const Settings& settings) : settings_(settings) {}

  std::vector<std::string> list(const std::string& key) const {
    const auto* values = settings_.find({kSection}, key);
    return values == nullptr ? std::vector<std::string>{} : *values;
  }

  std::string operator[](const std::string& key) const {
    const auto values = list(key);
    if (values.size() > 1) {
      throw Error(ErrorKind::kUsage, settings_.file().native() + ": [notify] '" + key + "' is one value");
    }
    return values.empty() ? "" : values.front();
  }

 private:
  const Settings& settings_;
};

notify::MailOptions mail_options(const Section& section) {
  notify::MailOptions options;
  options.url = section["mail-server"];
  if (options.url.find("://") == std::string::npos) options.url.insert(0, "smtp://");
  options.from = section["mail-from"];
  options.to = section.list("mail-to");
  options.user = section["mail-user"];
  if (const std::string source = section["mail-pass"]; !source.empty()) {
    options.password = base::read_secret(source, "Password for " + options.url);
  }
  options.ca = section["cacert"];
  return options;
}

std::map<std::string, std::string> read_memory(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  try {
    return json::parse(base::read_file(file)).get<std::map<std::string, std::string>>();
  } catch (const json::exception&) {
    return {};  // told twice is better than not told
  }
}

void write_memory(const std::filesystem::path& file, const std::map<std::string, std::string>& told) {
  base::write_file(file, json(told).dump(2) + "\n", {.mode = 0644});
}

}  // namespace

std::vector<std::string> Notifications::setting_keys() {
  return {"command", "webhook", "mail-server", "mail-from", "mail-to", "mail-user", "mail-pass", "cacert"};
}

Notifications::Notifications(const Environment& environment)
    : environment_(environment), memory_(pki::Home(environment.globals.home).notified()) {
  const Section section(environment.settings);
  if (auto command = section.list("command"); !command.empty()) {
    notifiers_.push_back(notify::command_notifier(std::move(command)));
  }
  if (const std::string url = section["webhook"]; !url.empty()) {
    http::Options options;
    options.ca = section["cacert"];
    notifiers_.push_back(notify::webhook_notifier(url, options));
  }
  if (!section["mail-server"].empty()) notifiers_.push_back(notify::mail_notifier(mail_options(section)));
}

void Notifications::tell(const notify::Message& message) {
  if (notifiers_.empty()) return;
  auto told = read_memory(memory_);
  if (told[message.subject] == message.event || !send(message)) return;
  told[message.subject] = message.event;
  write_memory(memory_, told);
}

void Notifications::tell_recovery(const std::string& subject, const std::string& text) {
  auto told = read_memory(memory_);
  if (notifiers_.empty() || !told.contains(subject) || !send({"recovered", subject, text})) return;
  told.erase(subject);
  write_memory(memory_, told);
}

bool Notifications::send(const notify::Message& message) {
  bool all_sent = true;
  for (const auto& notifier : notifiers_) {
    try {
      notifier->send(message);
    } catch (const Error& error) {
      all_sent = false;
      environment_.context.err << "redis-pki: warning: can't notify: " << error.what() << "\n";
    }
  }
  return all_sent;
}

}  // namespace cli
