#include "vault/client.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"

namespace vault {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::milliseconds;

constexpr int kMostDenials = 2;  // repeats of a 403, which passes where replicas lag behind
constexpr milliseconds kShortest{500};
constexpr milliseconds kLongest{30'000};

std::string origin_of(const std::string& url) {
  const size_t scheme = url.find("://");
  return scheme == std::string::npos ? url : url.substr(0, url.find('/', scheme + 3));
}

bool is_redirect(int status) { return status == 301 || status == 302 || status == 307 || status == 308; }

std::string header(const http::Response& answer, const std::string& name) {
  const auto found = answer.headers.find(name);
  return found == answer.headers.end() ? "" : found->second;
}

// Retry-After in seconds, which is all that Vault's rate limits say; else twice as long each time.
milliseconds pause_after(const http::Response& answer, int attempt) {
  const std::string text = header(answer, "retry-after");
  int seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool is_number = !text.empty() && error == std::errc() && end == text.data() + text.size();
  if (is_number && seconds >= 0) return std::min(milliseconds(int64_t{1000} * seconds), kLongest);
  return kShortest * (1 << std::min(attempt, 5));
}

std::string without_slash(std::string address) {
  while (address.ends_with('/')) address.pop_back();
  return address;
}

}  // namespace

http::Response Client::ask(const std::string& address, const Call& call, std::string_view token) {
  http::Request request{
      call.method, without_slash(address) + "/v1/" + call.path, {}, call.body, !call.is_repeatable};
  request.headers["x-vault-request"] = "true";
  if (!call.body.empty()) request.headers["content-type"] = "application/json";
  if (!options_.name_space.empty()) request.headers["x-vault-namespace"] = options_.name_space;
  if (!token.empty()) request.headers["x-vault-token"] = token;
  http::Response answer = http_.exchange(request);
  if (!is_redirect(answer.status)) return answer;

  // A standby that doesn't forward names the active server. The token goes nowhere that is less protected.
  const std::string location = header(answer, "location");
  const bool is_safe =
      location.starts_with("https://") || (location.starts_with("http://") && address.starts_with("http://"));
  if (!is_safe) {
    throw Error(ErrorKind::kRefused, origin_of(address) + " sends us to " +
                                         (location.empty() ? "nowhere" : origin_of(location)) +
                                         ", which is not https; name the active server's address");
  }
  request.url = location;
  return http_.exchange(request);
}

// What an answer's status says of trying again. Of these, 412, 429, 472, 473 and 503 come before anything is
// carried out.
Client::Verdict Client::judge(const http::Response& answer, const Call& call) {
  switch (answer.status) {
    case 412:  // this replica lags behind
      return Verdict::kAgain;
    case 429:  // a standby, or too many requests
    case 472:
    case 473:
    case 503:  // a replica, a standby, sealed
      return Verdict::kElsewhere;
    case 403:
      return Verdict::kAgain;
    default:
      return answer.status >= 500 && call.is_repeatable ? Verdict::kAgain : Verdict::kAnswer;
  }
}

// Each address once, until one answers for good. `is_final` when trying again has no use.
http::Response Client::round(const Call& call, std::string_view token, bool& is_final) {
  std::optional<Error> failure;
  std::optional<http::Response> unable;
  for (size_t i = 0; i < options_.addresses.size(); ++i) {
    const size_t at = (preferred_ + i) % options_.addresses.size();
    try {
      http::Response answer = ask(options_.addresses[at], call, token);
      const Verdict verdict = judge(answer, call);
      is_final = verdict == Verdict::kAnswer;
      if (verdict == Verdict::kElsewhere) {
        unable = std::move(answer);
        continue;
      }
      preferred_ = at;
      return answer;
    } catch (const Error& error) {
      const bool is_passing = error.kind() == ErrorKind::kUnreachable || error.kind() == ErrorKind::kTimeout;
      if (!is_passing) throw;
      if (!call.is_repeatable && http_.was_sent()) {
        throw Error(error.kind(), std::string(error.what()) +
                                      ": Vault may have done it, so it was not asked again; run this again");
      }
      failure = error;
    }
  }
  if (unable) return std::move(*unable);
  throw *failure;
}

std::string Client::exchange(const Call& call, std::string_view token) {
  int denials = 0;
  for (int attempt = 0;; ++attempt) {
    const bool is_last = attempt >= options_.retries;
    bool is_final = false;
    http::Response answer;
    try {
      answer = round(call, token, is_final);
    } catch (const Error& error) {
      const bool is_passing = error.kind() == ErrorKind::kUnreachable || error.kind() == ErrorKind::kTimeout;
      const bool was_maybe_done = !call.is_repeatable && http_.was_sent();
      if (is_last || !is_passing || was_maybe_done) throw;
      patience_.wait(pause_after({}, attempt), "Vault can't be reached");
      continue;
    }
    if (answer.status < 300 && answer.status >= 200) return std::move(answer.body);
    const Refusal refusal = parse_refusal(answer.status, answer.body);
    const int most_denials = call.believes_denial ? 0 : kMostDenials;
    const bool gives_up = answer.status == 403 ? denials++ == most_denials : is_last;
    if (is_final || gives_up) throw refusal;
    patience_.wait(pause_after(answer, attempt), "Vault says: " + refusal.to_string());
  }
}

Health ask_health(http::Client& http, const std::string& address) {
  const http::Response answer =
      http.exchange({"GET", without_slash(address) + "/v1/sys/health", {{"x-vault-request", "true"}}, ""});
  return parse_health(answer.body);
}

}  // namespace vault
