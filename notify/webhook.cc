#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "notify/notifier.h"

namespace notify {
namespace {

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

class WebhookNotifier : public Notifier {
 public:
  WebhookNotifier(std::string url, http::Options options)
      : url_(std::move(url)), client_(std::move(options)) {}

  void send(const Message& message) override {
    const nlohmann::json body{{"event", message.event},
                              {"subject", message.subject},
                              {"text", message.text},
                              {"host", host_name()}};
    const auto response =
        client_.exchange({"POST",
                          url_,
                          {{"Content-Type", "application/json"}},
                          body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
    if (response.status >= 200 && response.status < 300) return;
    throw base::Error(base::ErrorKind::kRefused,
                      "the webhook answers with HTTP status " + std::to_string(response.status));
  }

 private:
  std::string url_;
  http::CurlClient client_;
};

}  // namespace

std::unique_ptr<Notifier> webhook_notifier(std::string url, http::Options options) {
  return std::make_unique<WebhookNotifier>(std::move(url), std::move(options));
}

}  // namespace notify
