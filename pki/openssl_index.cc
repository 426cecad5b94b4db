#include "pki/openssl_index.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/words.h"
#include "pki/openssl_ptr.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

std::vector<std::string> split(std::string_view line, char separator) {
  std::vector<std::string> fields;
  while (true) {
    const size_t end = std::min(line.find(separator), line.size());
    fields.emplace_back(line.substr(0, end));
    if (end == line.size()) return fields;
    line.remove_prefix(end + 1);
  }
}

// "270220120000Z" or "20270220120000Z".
base::Time parse_time(const std::string& text) {
  const OpenSslPtr<ASN1_STRING> time(ASN1_TIME_new());
  if (time == nullptr || ASN1_TIME_set_string(time.get(), text.c_str()) != 1) {
    throw Error(ErrorKind::kInvalid, "'" + text + "' is no date");
  }
  return to_time(time.get());
}

std::string parse_serial(const std::string& text) {
  const std::string serial = base::lower_case(text);
  const bool ok = !serial.empty() && serial.size() <= 40 &&
                  serial.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!ok) throw Error(ErrorKind::kInvalid, "'" + text + "' is no serial number");
  return serial;
}

LedgerEntry parse_line(std::string_view line) {
  const auto fields = split(line, '\t');
  if (fields.size() != 6 || fields[0].size() != 1 ||
      std::string_view("VRE").find(fields[0]) == std::string_view::npos) {
    throw Error(ErrorKind::kInvalid, "is no line of an openssl index");
  }
  LedgerEntry entry;
  entry.serial = parse_serial(fields[3]);
  entry.profile = "imported";
  entry.issuer = "openssl";
  entry.subject = fields[5];
  entry.not_after = parse_time(fields[1]);
  if (fields[0] == "R") {
    const auto revocation = split(fields[2], ',');
    entry.revocation = Revocation{RevocationReason::kUnspecified, parse_time(revocation[0])};
    if (revocation.size() > 1) entry.revocation->reason = parse_revocation_reason(revocation[1]);
  }
  return entry;
}

}  // namespace

std::vector<LedgerEntry> parse_openssl_index(std::string_view text, std::string_view origin) {
  std::vector<LedgerEntry> entries;
  size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    try {
      entries.push_back(parse_line(line));
    } catch (const Error& error) {
      throw Error(ErrorKind::kInvalid,
                  std::string(origin) + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return entries;
}

}  // namespace pki
