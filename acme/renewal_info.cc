#include "acme/renewal_info.h"

#include <openssl/rand.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "pki/openssl_error.h"

namespace acme {
namespace {

using base::Error;
using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;

constexpr hours kUsualWait{6};
constexpr minutes kShortestWait{1};
constexpr hours kLongestWait{24};

std::optional<Suggestion> read(const std::filesystem::path& file, const std::string& id) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  try {
    const json document = json::parse(base::read_file(file));
    if (document.at("certificate").get<std::string>() != id) return std::nullopt;
    const auto time = [&](const char* key) {
      return base::parse_timestamp(document.at(key).get<std::string>());
    };
    return Suggestion{time("start"), time("end"), time("chosen"), time("next_look"),
                      document.at("explanation_url").get<std::string>()};
  } catch (const json::exception&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void write(const std::filesystem::path& file, const std::string& id, const Suggestion& suggestion) {
  const json document{{"certificate", id},
                      {"start", base::format_timestamp(suggestion.start)},
                      {"end", base::format_timestamp(suggestion.end)},
                      {"chosen", base::format_timestamp(suggestion.chosen)},
                      {"next_look", base::format_timestamp(suggestion.next_look)},
                      {"explanation_url", suggestion.explanation_url}};
  base::write_file(file, document.dump(2) + "\n", {.mode = 0644});
}

base::Time at_random(base::Time start, base::Time end) {
  uint64_t number = 0;
  pki::require(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1, "no randomness");
  const auto span = static_cast<uint64_t>((end - start).count());
  return start + std::chrono::seconds(static_cast<long long>(number % (span + 1)));
}

}  // namespace

std::string certificate_id(const pki::Certificate& certificate) {
  const std::string authority = certificate.authority_key_identifier();
  if (authority.empty()) return "";
  std::string hex = certificate.serial();
  if (hex.size() % 2 != 0) hex.insert(0, "0");
  if (hex.front() >= '8') hex.insert(0, "00");  // as the DER of a positive number has it
  std::string serial;
  for (size_t i = 0; i < hex.size(); i += 2)
    serial += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return to_base64url(authority) + "." + to_base64url(serial);
}

std::optional<Suggestion> remembered_suggestion(const pki::LineagePaths& paths,
                                                const pki::Certificate& leaf) {
  return read(paths.acme_renewal_info(), certificate_id(leaf));
}

std::optional<Suggestion> renewal_suggestion(Transport& transport, const pki::LineagePaths& paths,
                                             const pki::Certificate& leaf) {
  const std::string id = certificate_id(leaf);
  const base::Time now = transport.clock().now();
  const auto known = read(paths.acme_renewal_info(), id);
  const bool is_fresh = known && known->next_look > now && known->next_look <= now + kLongestWait;
  if (id.empty() || is_fresh) return known;
  try {
    const std::string& where = transport.directory().renewal_info;
    if (where.empty()) return std::nullopt;
    const auto answer = transport.get(where + "/" + id);
    const RenewalInfo info = parse_renewal_info(answer.body);
    const bool is_same = known && known->start == info.start && known->end == info.end;
    const auto header = answer.headers.find("retry-after");
    const auto asked = header == answer.headers.end() ? std::nullopt : parse_retry_after(header->second, now);
    const Suggestion suggestion{
        info.start, info.end, is_same ? known->chosen : at_random(info.start, info.end),
        std::clamp(asked.value_or(now + kUsualWait), now + kShortestWait, now + kLongestWait),
        info.explanation_url};
    write(paths.acme_renewal_info(), id, suggestion);
    return suggestion;
  } catch (const Refusal&) {
    return known;
  } catch (const Error& error) {
    if (error.kind() == base::ErrorKind::kIo || error.kind() == base::ErrorKind::kPermission) throw;
    return known;
  }
}

}  // namespace acme
