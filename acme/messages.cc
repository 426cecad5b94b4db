#include "acme/messages.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include "base/error.h"
#include "base/timestamp.h"
#include "base/words.h"

namespace acme {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr size_t kMostElements = 1000;
constexpr size_t kLongestText = 4096;
constexpr std::string_view kErrorPrefix = "urn:ietf:params:acme:error:";

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::kInvalid, "the ACME server's answer is not understood: " + what);
}

json parse_object(std::string_view body, const std::string& what) {
  json document = json::parse(body, nullptr, false);
  if (!document.is_object()) refuse(what + " is no JSON object");
  return document;
}

// Empty when it is not there.
std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return "";
  std::string value = found->get<std::string>();
  if (value.size() > kLongestText) refuse(std::string(key) + " is too long");
  return value;
}

std::string required_text(const json& object, const char* key, const std::string& what) {
  std::string value = text(object, key);
  if (value.empty()) refuse(what + " lacks " + key);
  return value;
}

std::string url(const json& object, const char* key, const std::string& what) {
  const std::string value = required_text(object, key, what);
  if (!value.starts_with("https://") && !value.starts_with("http://"))
    refuse(what + ": " + key + " is no URL");
  return value;
}

const json& list(const json& object, const char* key) {
  static const json none = json::array();
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return none;
  if (found->size() > kMostElements) refuse(std::string(key) + " is too long");
  return *found;
}

Identifier parse_identifier(const json& object) {
  if (!object.is_object()) return {};
  return {text(object, "type"), text(object, "value")};
}

Problem problem_of(const json& object) {
  Problem problem;
  problem.type = text(object, "type");
  if (problem.type.starts_with(kErrorPrefix)) problem.type.erase(0, kErrorPrefix.size());
  problem.detail = text(object, "detail");
  for (const json& entry : list(object, "subproblems")) {
    if (!entry.is_object()) continue;
    const Problem inner = problem_of(entry);
    problem.subproblems.emplace_back(
        entry.contains("identifier") ? parse_identifier(entry["identifier"]) : Identifier(),
        inner.type + ": " + inner.detail);
  }
  return problem;
}

std::optional<Problem> error_of(const json& object) {
  const auto found = object.find("error");
  if (found == object.end() || !found->is_object()) return std::nullopt;
  return problem_of(*found);
}

std::optional<base::Time> parse_http_date(const std::string& value) {
  for (const char* form :
       {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"}) {
    std::tm fields{};
    const char* end = ::strptime(value.c_str(), form, &fields);
    if (end != nullptr && *end == '\0') return base::Time(std::chrono::seconds(::timegm(&fields)));
  }
  return std::nullopt;
}

}  // namespace

std::string Problem::to_string() const {
  std::string result = type.empty() ? "status " + std::to_string(status) : type;
  if (!detail.empty()) result += ": " + detail;
  for (const auto& [identifier, what] : subproblems) {
    result += "; " + (identifier.value.empty() ? "" : identifier.value + ": ") + what;
  }
  return result;
}

Directory parse_directory(std::string_view body) {
  const json object = parse_object(body, "the directory");
  Directory directory;
  directory.new_nonce = url(object, "newNonce", "the directory");
  directory.new_account = url(object, "newAccount", "the directory");
  directory.new_order = url(object, "newOrder", "the directory");
  directory.revoke_certificate = text(object, "revokeCert");
  directory.key_change = text(object, "keyChange");
  directory.renewal_info = text(object, "renewalInfo");
  const auto meta = object.find("meta");
  if (meta == object.end() || !meta->is_object()) return directory;
  directory.terms_of_service = text(*meta, "termsOfService");
  const auto external = meta->find("externalAccountRequired");
  directory.needs_external_account =
      external != meta->end() && external->is_boolean() && external->get<bool>();
  if (const auto profiles = meta->find("profiles"); profiles != meta->end() && profiles->is_object()) {
    for (const auto& [name, description] : profiles->items()) directory.profiles.push_back(name);
  }
  return directory;
}

Order parse_order(std::string_view body) {
  const json object = parse_object(body, "the order");
  Order order;
  order.status = required_text(object, "status", "the order");
  for (const json& entry : list(object, "identifiers")) order.identifiers.push_back(parse_identifier(entry));
  for (const json& entry : list(object, "authorizations")) {
    if (!entry.is_string()) refuse("an authorization is no URL");
    order.authorizations.push_back(entry.get<std::string>());
  }
  order.finalize = url(object, "finalize", "the order");
  order.certificate = text(object, "certificate");
  order.error = error_of(object);
  return order;
}

Authorization parse_authorization(std::string_view body) {
  const json object = parse_object(body, "the authorization");
  Authorization authorization;
  authorization.status = required_text(object, "status", "the authorization");
  if (object.contains("identifier")) authorization.identifier = parse_identifier(object["identifier"]);
  if (authorization.identifier.value.empty()) refuse("the authorization lacks its identifier");
  const auto wildcard = object.find("wildcard");
  authorization.is_wildcard = wildcard != object.end() && wildcard->is_boolean() && wildcard->get<bool>();
  for (const json& entry : list(object, "challenges")) {
    if (!entry.is_object()) continue;
    authorization.challenges.push_back({text(entry, "type"), text(entry, "url"), text(entry, "token"),
                                        text(entry, "status"), error_of(entry)});
  }
  return authorization;
}

RenewalInfo parse_renewal_info(std::string_view body) {
  const json object = parse_object(body, "the renewal information");
  const auto window = object.find("suggestedWindow");
  if (window == object.end() || !window->is_object()) refuse("the renewal information lacks its window");
  const auto time_of = [&](const char* key) {
    std::string value = required_text(*window, key, "the window");
    // RFC 3339 has fractions and offsets too; our reader knows seconds in UTC.
    if (const size_t point = value.find('.'); point != std::string::npos) {
      const size_t end = value.find_first_not_of("0123456789", point + 1);
      value.erase(point, end == std::string::npos ? end : end - point);
    }
    if (value.ends_with("+00:00")) value.replace(value.size() - 6, 6, "Z");
    return base::parse_timestamp(value);
  };
  RenewalInfo info{time_of("start"), time_of("end"), text(object, "explanationURL")};
  if (info.end <= info.start) refuse("the window ends before it starts");
  return info;
}

Problem parse_problem(int status, std::string_view body) {
  const json object = json::parse(body, nullptr, false);
  Problem problem;
  if (object.is_object()) problem = problem_of(object);
  problem.status = status;
  return problem;
}

std::optional<base::Time> parse_retry_after(std::string_view value, base::Time now) {
  const base::Time latest = now + std::chrono::days(1);
  long long seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc::result_out_of_range) return latest;
  if (error == std::errc() && end == value.data() + value.size()) {
    if (seconds < 0) return std::nullopt;
    return std::min(latest, now + std::chrono::seconds(std::min(seconds, 86400LL)));
  }
  const auto date = parse_http_date(std::string(value));
  if (!date) return std::nullopt;
  return std::clamp(*date, now, latest);
}

std::vector<std::string> parse_order_list(std::string_view body) {
  const json document = parse_object(body, "the list of orders");
  std::vector<std::string> urls;
  for (const json& entry : list(document, "orders")) {
    if (entry.is_string()) urls.push_back(entry.get<std::string>());
  }
  return urls;
}

std::vector<std::string> parse_links(std::string_view value, std::string_view relation) {
  std::vector<std::string> urls;
  while (urls.size() < kMostElements) {
    const size_t begin = value.find('<');
    const size_t end = begin == std::string_view::npos ? begin : value.find('>', begin);
    if (end == std::string_view::npos) return urls;
    const size_t next = std::min(value.find('<', end), value.size());
    const std::string parameters = base::lower_case(value.substr(end, next - end));
    const std::string wanted(relation);
    if (parameters.find("rel=\"" + wanted + "\"") != std::string::npos ||
        parameters.find("rel=" + wanted) != std::string::npos) {
      urls.emplace_back(value.substr(begin + 1, end - begin - 1));
    }
    value.remove_prefix(next);
  }
  return urls;
}

}  // namespace acme
