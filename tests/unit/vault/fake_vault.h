#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/patience.h"
#include "http/client.h"

namespace testing_support {

// Answers as it was told to, one after the other, and remembers what it was asked.
class FakeVault : public http::Client {
 public:
  using Answer = std::function<http::Response()>;

  http::Response exchange(const http::Request& request) override {
    requests.push_back(request.method + " " + request.url);
    const auto token = request.headers.find("x-vault-token");
    tokens.push_back(token == request.headers.end() ? "" : token->second);
    if (answers.empty()) return {200, {}, "{}"};
    const Answer answer = answers.front();
    answers.pop_front();
    return answer();
  }
  bool was_sent() const override { return is_sent; }

  void then(int status, const std::string& body = "{}", std::map<std::string, std::string> headers = {}) {
    answers.push_back([=] { return http::Response{status, headers, body}; });
  }
  void then_fail(bool sent) {
    answers.push_back([this, sent]() -> http::Response {
      is_sent = sent;
      throw base::Error(base::ErrorKind::kTimeout, "vault: timed out");
    });
  }

  std::deque<Answer> answers;
  std::vector<std::string> requests, tokens;
  bool is_sent = false;
};

// Doesn't wait, and knows for how long it would have.
class FakePatience : public base::Patience {
 public:
  void wait(std::chrono::milliseconds time, const std::string&) override { waits.push_back(time); }
  std::vector<std::chrono::milliseconds> waits;
};

}  // namespace testing_support
