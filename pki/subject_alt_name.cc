#include "pki/subject_alt_name.h"

#include <arpa/inet.h>
#include <idn2.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/words.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;
using Kind = SubjectAltName::Kind;

struct KindPrefix {
  Kind kind;
  std::string_view prefix;
};
constexpr KindPrefix kPrefixes[] = {
    {Kind::kDns, "dns:"}, {Kind::kIp, "ip:"}, {Kind::kUri, "uri:"}, {Kind::kEmail, "email:"}};

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// Letters, digits, inner hyphens, and underscores, which real hosts have; labels of 1 to 63; "*" as the
// whole first label (RFC 9525, 6.3).
bool is_dns_name(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const size_t dot = name.find('.');
    const std::string_view label = name.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_';
    });
    if (!plain) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

bool is_email(std::string_view text) {
  const size_t at = text.rfind('@');
  return at != std::string_view::npos && at > 0 && is_dns_name(text.substr(at + 1)) &&
         is_printable_ascii(text);
}

bool is_uri(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  const bool scheme = std::all_of(text.begin(), text.begin() + static_cast<long>(colon), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  });
  return scheme && is_printable_ascii(text);
}

// An internationalised name in its ASCII form (RFC 5891), "*." in front kept; others unchanged. Nothing when
// it has none.
std::optional<std::string> to_a_labels(std::string_view name) {
  const bool is_ascii =
      std::all_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return std::string(name);
  const std::string prefix = name.starts_with("*.") ? "*." : "";
  const std::string rest(name.substr(prefix.size()));
  char* ascii = nullptr;
  if (idn2_to_ascii_8z(rest.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
    return std::nullopt;
  const std::unique_ptr<char, decltype(&idn2_free)> owner(ascii, idn2_free);
  return prefix + ascii;
}

std::string without_brackets(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

Kind kind_from_form(std::string_view value) {
  if (!ip_bytes(without_brackets(value)).empty()) return Kind::kIp;
  if (value.find("://") != std::string_view::npos) return Kind::kUri;
  if (value.find('@') != std::string_view::npos) return Kind::kEmail;
  return Kind::kDns;
}

SubjectAltName checked(Kind kind, std::string_view value) {
  switch (kind) {
    case Kind::kIp: {
      const auto bytes = ip_bytes(without_brackets(value));
      if (!bytes.empty()) return {kind, ip_text(bytes.data(), bytes.size())};
      break;
    }
    case Kind::kDns: {
      const auto name = to_a_labels(value);
      // 127.0.0.300 has the form of a host name, but nobody means one.
      if (name && is_dns_name(*name) && name->find_first_not_of("0123456789.") != std::string::npos) {
        return {kind, base::lower_case(*name)};
      }
      break;
    }
    case Kind::kUri:
      if (is_uri(value)) return {kind, std::string(value)};
      break;
    case Kind::kEmail:
      if (is_email(value)) return {kind, std::string(value)};
      break;
  }
  throw Error(ErrorKind::kUsage,
              "'" + std::string(value) + "' is no DNS name, IP address, URI or e-mail address for --san");
}

}  // namespace

SubjectAltName parse_subject_alt_name(std::string_view text) {
  for (const auto& [kind, prefix] : kPrefixes) {
    if (base::lower_case(text.substr(0, prefix.size())) == prefix)
      return checked(kind, text.substr(prefix.size()));
  }
  return checked(kind_from_form(text), text);
}

std::vector<SubjectAltName> parse_subject_alt_names(const std::vector<std::string>& texts) {
  std::vector<SubjectAltName> names;
  for (const std::string& list : texts) {
    std::string_view rest = list;
    while (true) {
      const size_t comma = rest.find(',');
      const SubjectAltName name = parse_subject_alt_name(rest.substr(0, comma));
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return names;
}

std::string to_string(const SubjectAltName& name) {
  for (const auto& [kind, prefix] : kPrefixes) {
    if (kind == name.kind) return std::string(prefix) + name.value;
  }
  return name.value;
}

std::vector<uint8_t> ip_bytes(std::string_view text) {
  const std::string copy(text);
  uint8_t bytes[16];
  if (::inet_pton(AF_INET, copy.c_str(), bytes) == 1) return {bytes, bytes + 4};
  if (::inet_pton(AF_INET6, copy.c_str(), bytes) == 1) return {bytes, bytes + 16};
  return {};
}

std::string ip_text(const uint8_t* bytes, size_t length) {
  char text[INET6_ADDRSTRLEN] = "";
  if (length == 4) ::inet_ntop(AF_INET, bytes, text, sizeof text);
  if (length == 16) ::inet_ntop(AF_INET6, bytes, text, sizeof text);
  return text;
}

}  // namespace pki
