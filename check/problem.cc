#include "check/problem.h"

#include <algorithm>
#include <cstdint>

#include "base/duration.h"
#include "base/timestamp.h"
#include "base/words.h"

namespace check {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// The length of the UTF-8 sequence at the start of `bytes`; 0 when there is none (RFC 3629).
size_t sequence_length(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t first = at(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  const bool is_overlong = (first == 0xe0 && at(1) < 0xa0) || (first == 0xf0 && at(1) < 0x90);
  const bool is_surrogate = first == 0xed && at(1) >= 0xa0;
  const bool is_too_large = first == 0xf4 && at(1) >= 0x90;
  const bool is_control = first == 0xc2 && at(1) < 0xa0;
  const bool is_no_character = first == 0xef && at(1) == 0xbf && at(2) >= 0xbe;
  return is_overlong || is_surrogate || is_too_large || is_control || is_no_character ? 0 : length;
}

}  // namespace

std::vector<Problem> problems_of(const Verdict& verdict) {
  std::vector<Problem> problems;
  if (!verdict.failure.empty()) problems.push_back({State::kUnknown, clean(verdict.failure)});
  for (const Element& element : verdict.elements) {
    if (element.state == State::kOk) continue;
    const base::Time now = element.not_after - element.left;
    const std::string end = base::format_timestamp(element.not_after);
    const std::string what =
        element.not_before > now   ? "is not valid before " + base::format_timestamp(element.not_before)
        : element.left.count() < 0 ? time_left(element.left) + ", at " + end
                                   : "expires in " + base::format_duration(element.left) + ", at " + end;
    problems.push_back(
        {element.state, (element.subject.empty() ? "(no subject)" : clean(element.subject)) + " " + what});
  }
  for (const pki::Finding& finding : verdict.findings) {
    if (finding.severity == pki::Severity::kInfo) continue;
    problems.push_back({state_of(finding.severity), clean(finding.text)});
  }
  return problems;
}

std::string time_left(std::chrono::seconds left) {
  if (left.count() < 0) return "expired " + base::format_duration(-left) + " ago";
  return base::format_duration(left) + " left";
}

const Element* first_to_end(const Verdict& verdict) {
  const auto first = std::min_element(verdict.elements.begin(), verdict.elements.end(),
                                      [](const Element& a, const Element& b) { return a.left < b.left; });
  return first == verdict.elements.end() ? nullptr : &*first;
}

std::string clean(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const size_t length = sequence_length(bytes);
    text += length > 0 ? bytes.substr(0, length) : kReplacement;
    bytes.remove_prefix(std::max<size_t>(length, 1));
  }
  return text;
}

std::string shown(std::string_view foreign, size_t longest) {
  return base::printable(clean(foreign), longest);
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return result;
}

}  // namespace check
