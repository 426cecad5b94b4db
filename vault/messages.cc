#include "vault/messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/duration.h"
#include "base/error.h"
#include "base/words.h"

namespace vault {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;
using std::chrono::seconds;

constexpr size_t kMostElements = 100;
constexpr size_t kLongestText = 512;  // of what is shown to people
constexpr int64_t kLongestSeconds = int64_t{1} << 40;

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::kInvalid, "Vault's answer is not understood: " + what);
}

json parse_object(std::string_view body) {
  json document = json::parse(body, nullptr, false);
  if (!document.is_object()) refuse("it is no JSON object");
  return document;
}

const json& member(const json& object, const char* key) {
  static const json none;
  if (!object.is_object()) return none;
  const auto found = object.find(key);
  return found == object.end() ? none : *found;
}

json& member(json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) refuse(std::string("it lacks ") + key);
  return *found;
}

std::string text(const json& object, const char* key) {
  const json& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

bool flag(const json& object, const char* key, bool otherwise) {
  const json& value = member(object, key);
  return value.is_boolean() ? value.get<bool>() : otherwise;
}

// Numbers come as numbers, and from some mounts as "768h".
seconds duration(const json& object, const char* key) {
  const json& value = member(object, key);
  if (value.is_number_unsigned()) {
    return seconds(static_cast<int64_t>(std::min<uint64_t>(value.get<uint64_t>(), kLongestSeconds)));
  }
  if (!value.is_string()) return seconds(0);
  try {
    return std::chrono::duration_cast<seconds>(base::parse_duration(value.get<std::string>()));
  } catch (const Error&) {
    return seconds(0);
  }
}

std::vector<std::string> texts(const json& object, const char* key) {
  std::vector<std::string> result;
  const json& list = member(object, key);
  if (!list.is_array()) return result;
  for (const json& entry : list) {
    if (result.size() == kMostElements) break;
    if (entry.is_string()) result.push_back(entry.get<std::string>());
  }
  return result;
}

// Go's lists of errors, "2 errors occurred:\n\t* one\n\t* other\n\n", on one line: "one, other".
std::string on_one_line(const std::string& text) {
  const size_t heading = text.find(" occurred:\n");
  const bool is_list = heading != std::string::npos && heading < std::string_view("100 errors").size();
  std::istringstream words(is_list ? text.substr(text.find('\n')) : text);
  std::string line;
  for (std::string word; words >> word;) {
    const bool is_bullet = is_list && word == "*";
    if (is_bullet) {
      line += line.empty() ? "" : ",";
    } else {
      line += (line.empty() ? "" : " ") + word;
    }
  }
  return line;
}

std::vector<std::string> messages(const json& object, const char* key) {
  auto result = texts(object, key);
  for (std::string& message : result) message = base::printable(on_one_line(message), kLongestText);
  result.erase(std::unique(result.begin(), result.end()), result.end());  // Vault says some twice
  return result;
}

// A secret out of a document, which keeps nothing of it.
base::Secret take_secret(json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  return base::Secret(std::move(found->get_ref<std::string&>()));
}

std::string joined(const std::vector<std::string>& certificates) {
  std::string chain;
  for (const std::string& certificate : certificates) {
    chain += certificate;
    if (!chain.empty() && chain.back() != '\n') chain += '\n';
  }
  return chain;
}

std::optional<base::Time> unix_time(const json& object, const char* key) {
  const json& value = member(object, key);
  const bool is_time = value.is_number_unsigned() && value.get<uint64_t>() > 0 &&
                       value.get<uint64_t>() < static_cast<uint64_t>(kLongestSeconds);
  if (!is_time) return std::nullopt;
  return base::Time(seconds(value.get<int64_t>()));
}

}  // namespace

std::string Refusal::to_string() const {
  std::string words;
  for (const std::string& error : errors) words += (words.empty() ? "" : "; ") + error;
  const std::string code = "HTTP " + std::to_string(status);
  return words.empty() ? code : words + " (" + code + ")";
}

Refusal parse_refusal(int status, std::string_view body) {
  return {status, messages(json::parse(body, nullptr, false), "errors")};
}

std::vector<std::string> parse_warnings(std::string_view body) {
  return messages(json::parse(body, nullptr, false), "warnings");
}

Token parse_token(std::string_view body) {
  json document = parse_object(body);
  json& auth = member(document, "auth");
  Token token{take_secret(auth, "client_token"), duration(auth, "lease_duration"),
              flag(auth, "renewable", false)};
  if (token.value.empty()) refuse("the login gives no token");
  return token;
}

SignedCertificate parse_signed_certificate(std::string_view body) {
  json document = parse_object(body);
  json& data = member(document, "data");
  SignedCertificate result;
  result.certificate = text(data, "certificate");
  result.issuing_ca = text(data, "issuing_ca");
  result.ca_chain = texts(data, "ca_chain");
  result.private_key = take_secret(data, "private_key");
  if (result.certificate.empty()) refuse("it has no certificate");
  return result;
}

Role parse_role(std::string_view body) {
  const json document = parse_object(body);
  const json& data = member(document, "data");
  Role role;
  role.key_type = base::printable(text(data, "key_type"), kLongestText);
  const json& bits = member(data, "key_bits");
  if (bits.is_number_unsigned() && bits.get<uint64_t>() <= 16384) role.key_bits = bits.get<int>();
  role.is_for_servers = flag(data, "server_flag", true);
  role.is_for_clients = flag(data, "client_flag", true);
  const auto usages = texts(data, "ext_key_usage");
  role.is_for_servers |= std::find(usages.begin(), usages.end(), "ServerAuth") != usages.end();
  role.is_for_clients |= std::find(usages.begin(), usages.end(), "ClientAuth") != usages.end();
  role.allows_ip_addresses = flag(data, "allow_ip_sans", true);
  role.takes_names_of_request = flag(data, "use_csr_sans", true);
  role.takes_common_name_of_request = flag(data, "use_csr_common_name", true);
  const json& uris = member(data, "allowed_uri_sans");
  role.allows_uris = !uris.is_array() || !uris.empty();
  return role;
}

Health parse_health(std::string_view body) {
  const json document = parse_object(body);
  if (!member(document, "sealed").is_boolean()) refuse("it is no health of Vault");
  return {flag(document, "initialized", false), flag(document, "sealed", true),
          flag(document, "standby", false), base::printable(text(document, "version"), kLongestText),
          unix_time(document, "server_time_utc")};
}

std::string parse_ca_chain(std::string_view body) {
  const json document = parse_object(body);
  const json& data = member(document, "data");
  std::string chain = joined(texts(data, "ca_chain"));
  if (chain.empty()) chain = text(data, "ca_chain");
  if (chain.empty()) chain = text(data, "certificate");
  if (chain.empty()) refuse("it has no certificate");
  return chain;
}

std::optional<base::Time> parse_revocation_time(std::string_view body) {
  const json document = parse_object(body);
  return unix_time(member(document, "data"), "revocation_time");
}

}  // namespace vault
