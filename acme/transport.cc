#include "acme/transport.h"

#include "base/error.h"

namespace acme {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::milliseconds;

constexpr int kMostNonces = 40;  // a CA that refuses every second one is met this often once in 10^12
constexpr int kMostFailures = 5;
constexpr size_t kMostKept = 8;

bool is_busy(const http::Response& answer) { return answer.status == 429 || answer.status == 503; }

bool is_transient(const Error& error) {
  return error.kind() == ErrorKind::kUnreachable || error.kind() == ErrorKind::kTimeout;
}

std::string header(const http::Response& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

milliseconds backoff(int failures) { return milliseconds(500 << std::min(failures, 5)); }

}  // namespace

const Directory& Transport::directory() {
  if (!directory_) {
    try {
      directory_ = parse_directory(get(directory_url_).body);
    } catch (const Refusal& refusal) {
      throw Error(ErrorKind::kRefused,
                  directory_url_ + " is no ACME directory: " + refusal.problem.to_string());
    }
  }
  return *directory_;
}

http::Response Transport::exchange(const http::Request& request, int& failures, Repeat repeat) {
  for (;; ++failures) {
    try {
      http::Response answer = client_.exchange(request);
      const bool is_broken = answer.status >= 500 && !is_busy(answer);
      if (!is_broken || failures >= kMostFailures) return answer;
    } catch (const Error& error) {
      const bool may_be_done = repeat == Repeat::kNever && client_.was_sent();
      if (!is_transient(error) || failures >= kMostFailures || may_be_done) throw;
    }
    patience_.wait(backoff(failures), "the ACME server doesn't answer");
  }
}

void Transport::keep_nonce(const http::Response& answer) {
  const std::string nonce = header(answer, "replay-nonce");
  if (nonce.empty()) return;
  nonces_.push_back(nonce);
  if (nonces_.size() > kMostKept) nonces_.pop_front();
}

std::string Transport::nonce() {
  int failures = 0;
  if (nonces_.empty()) keep_nonce(exchange({"HEAD", directory().new_nonce, {}, ""}, failures));
  if (nonces_.empty()) throw Error(ErrorKind::kInvalid, "the ACME server gives no nonce");
  std::string nonce = std::move(nonces_.back());
  nonces_.pop_back();
  return nonce;
}

http::Response Transport::get(const std::string& url) {
  int failures = 0;
  while (true) {
    http::Response answer = exchange({"GET", url, {}, ""}, failures);
    if (is_busy(answer)) {
      wait(answer, std::chrono::seconds(5), "the ACME server is busy");
    } else if (answer.status >= 400) {
      throw Refusal{parse_problem(answer.status, answer.body)};
    } else {
      return answer;
    }
  }
}

http::Response Transport::post(const std::string& url, std::string_view payload, const AccountKey& key,
                               const std::string& account_url, Repeat repeat) {
  int failures = 0;  // also of those that came behind a nonce that is used up
  for (int refused = 0;;) {
    nlohmann::json head{{"nonce", nonce()}, {"url", url}};
    if (account_url.empty()) {
      head["jwk"] = key.jwk();
    } else {
      head["kid"] = account_url;
    }
    const http::Response answer = exchange(
        {"POST", url, {{"content-type", "application/jose+json"}}, make_jws(key, std::move(head), payload)},
        failures, repeat);
    keep_nonce(answer);
    if (answer.status < 400) return answer;
    const Problem problem = parse_problem(answer.status, answer.body);
    if (problem.type == "badNonce" && ++refused < kMostNonces) continue;
    const bool is_limit = problem.type == "rateLimited";
    if (is_busy(answer) && (!is_limit || !header(answer, "retry-after").empty())) {
      wait(answer, std::chrono::seconds(5), problem.to_string());
      continue;
    }
    throw Refusal{problem};
  }
}

void Transport::wait(const http::Response& answer, milliseconds otherwise, const std::string& what) {
  const auto until = parse_retry_after(header(answer, "retry-after"), clock_.now());
  patience_.wait(until ? milliseconds(*until - clock_.now()) : otherwise, what);
}

}  // namespace acme
