#include "check/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "check/notice.h"
#include "check/problem.h"
#include "expect_error.h"

using check::State;
using std::chrono::days;

namespace {

check::Verdict hostile() {
  check::Verdict verdict;
  verdict.source = "x\xff\n<script>|'=%\"\\";
  verdict.failure = "\x1b[31m& ]]> ::error::";
  verdict.state = State::kUnknown;
  return verdict;
}

std::string render(const std::string& format, const std::vector<check::Verdict>& verdicts) {
  std::ostringstream out;
  const auto report = check::make_report(format, out, {});
  check::Tally tally;
  for (const auto& verdict : verdicts) {
    report->add(verdict);
    ++tally.results;
    ++tally.of_state.at(static_cast<size_t>(verdict.state));
    tally.state = check::worse(tally.state, verdict.state);
  }
  report->finish(tally);
  return out.str();
}

check::Verdict ending_in(std::chrono::seconds left, std::chrono::seconds lifetime) {
  check::Element element;
  element.subject = "CN=x";
  element.left = left;
  element.not_after = base::Time(lifetime);
  element.critical_at = std::min<std::chrono::seconds>(days(7), lifetime / 10);
  check::Verdict verdict;
  verdict.source = "x";
  verdict.elements = {element};
  return verdict;
}

std::string event_at(std::chrono::seconds left, std::chrono::seconds lifetime) {
  const auto notice = check::expiry_notice(ending_in(left, lifetime));
  return notice ? notice->event : "";
}

}  // namespace

TEST(Report, ForeignBytesBreakNoFormat) {
  for (const std::string& format : check::report_formats()) {
    const std::string text = render(format, {hostile()});
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << format;
    EXPECT_EQ(text.find('\xff'), std::string::npos) << format;
    EXPECT_EQ(text.find("x\n"), std::string::npos) << format;
  }
  EXPECT_EQ(nlohmann::json::parse(render("json", {hostile(), hostile()})).at("results").size(), 2u);
  for (const char* format : {"html", "junit"}) {
    EXPECT_EQ(render(format, {hostile()}).find("<script>|"), std::string::npos) << format;
  }
}

TEST(Report, NothingSeenIsStillADocument) {
  EXPECT_EQ(nlohmann::json::parse(render("json", {})).at("state"), "ok");
  for (const std::string& format : check::report_formats()) render(format, {});
}

TEST(Report, UnknownFormatNamesTheNearest) {
  testing_support::expect_error(base::ErrorKind::kUsage, "did you mean 'prometheus'?",
                                [] { render("promtheus", {}); });
}

TEST(Report, CleanTextIsValidUtf8OnOneLine) {
  EXPECT_EQ(check::clean("a\xc3\xa4\xf0\x9f\x94\x91"), "a\xc3\xa4\xf0\x9f\x94\x91");
  const std::string replaced = "\xef\xbf\xbd";
  for (const char* bytes : {"\x01", "\x7f", "\xc0", "\xff", "\xc2\x85", "\xef\xbf\xbf", "\xc3"}) {
    EXPECT_TRUE(check::clean(bytes).starts_with(replaced)) << bytes;
  }
  EXPECT_EQ(check::clean("\xed\xa0\x80"), replaced + replaced + replaced) << "a surrogate";
}

TEST(Problem, SaysWhetherItEndsOrHasNotBegun) {
  auto verdict = ending_in(days(5), days(90));
  verdict.elements[0].state = State::kCritical;
  EXPECT_EQ(check::problems_of(verdict).at(0).text, "CN=x expires in 5d, at 1970-04-01T00:00:00Z");
  verdict.elements[0].left = days(-5);
  EXPECT_EQ(check::problems_of(verdict).at(0).text, "CN=x expired 5d ago, at 1970-04-01T00:00:00Z");
  verdict.elements[0].left = days(95);
  EXPECT_EQ(check::problems_of(verdict).at(0).text, "CN=x is not valid before 1970-01-01T00:00:00Z");
}

TEST(Notice, ComesAtEachStepOfTheLastThird) {
  EXPECT_EQ(event_at(days(61), days(365)), "");
  EXPECT_EQ(event_at(days(60), days(365)), "expires_in_60d");
  EXPECT_EQ(event_at(days(31), days(365)), "expires_in_60d");
  EXPECT_EQ(event_at(days(30), days(365)), "expires_in_30d");
  EXPECT_EQ(event_at(days(15), days(365)), "expires_in_15d");
  EXPECT_EQ(event_at(days(7), days(365)), "expires_in_7d");
  EXPECT_EQ(event_at(days(-1), days(365)), "expired");
  EXPECT_EQ(event_at(days(59), days(90)), "") << "it is young";
  EXPECT_EQ(event_at(days(30), days(90)), "expires_in_30d");
  EXPECT_EQ(event_at(days(4), days(6)), "");
  EXPECT_EQ(event_at(std::chrono::hours(10), days(6)), "expires_soon");
}
