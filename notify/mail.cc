#include <cstring>
#include <ctime>

#include "base/error.h"
#include "http/curl.h"
#include "notify/notifier.h"

namespace notify {
namespace {

using base::Error;
using base::ErrorKind;

constexpr long kTimeLimitMs = 30'000;

bool is_local(const std::string& url) {
  const size_t begin = url.find("://") + 3;
  const std::string host =
      url.substr(begin, url.find_last_of(':') > begin ? url.find_last_of(':') - begin : std::string::npos);
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

// A header is one line, whatever the text holds.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  return text;
}

std::string date() {
  const std::time_t now = std::time(nullptr);
  std::tm time{};
  gmtime_r(&now, &time);
  char text[64];
  std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &time);
  return text;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// RFC 5322, with CRLF at each line's end.
std::string compose(const MailOptions& options, const Message& message) {
  std::string mail = "Date: " + date() + "\r\nFrom: " + one_line(options.from) +
                     "\r\nTo: " + one_line(join(options.to)) +
                     "\r\nSubject: redis-pki: " + one_line(message.subject + ": " + message.event) +
                     "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                     "Content-Transfer-Encoding: 8bit\r\n\r\n";
  for (const char c : message.text) {
    if (c == '\n') mail += '\r';
    if (c != '\r') mail += c;
  }
  return mail + "\r\n";
}

struct Upload {
  std::string_view rest;
};

size_t give(char* buffer, size_t size, size_t count, void* upload) {
  std::string_view& rest = static_cast<Upload*>(upload)->rest;
  const size_t taken = std::min(rest.size(), size * count);
  std::memcpy(buffer, rest.data(), taken);
  rest.remove_prefix(taken);
  return taken;
}

class MailNotifier : public Notifier {
 public:
  explicit MailNotifier(MailOptions options) : options_(std::move(options)) {}

  void send(const Message& message) override {
    char error[CURL_ERROR_SIZE];
    const http::CurlHandle handle = http::make_curl(error);
    CURL* curl = handle.get();
    http::CurlList recipients;
    for (const auto& recipient : options_.to) http::append(recipients, recipient);
    const std::string mail = compose(options_, message);
    Upload upload{mail};
    const bool needs_tls = !is_local(options_.url) || !options_.user.empty();
    curl_easy_setopt(curl, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(needs_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTimeLimitMs);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, options_.from.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    if (!options_.ca.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca.c_str());
    if (!options_.user.empty()) {
      std::string password(options_.password.bytes());  // curl wants it to end with a NUL
      curl_easy_setopt(curl, CURLOPT_USERNAME, options_.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
      base::wipe(password);
    }
    http::perform(handle, error, options_.url);
  }

 private:
  MailOptions options_;
};

}  // namespace

std::unique_ptr<Notifier> mail_notifier(MailOptions options) {
  if (options.from.empty() || options.to.empty()) {
    throw Error(ErrorKind::kUsage, "[notify] mail needs mail-from and mail-to");
  }
  return std::make_unique<MailNotifier>(std::move(options));
}

}  // namespace notify
