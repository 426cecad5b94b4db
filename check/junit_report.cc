#include <ostream>

#include "base/timestamp.h"
#include "check/markup.h"
#include "check/problem.h"
#include "check/report.h"

namespace check {
namespace {

class JunitReport : public Report {
 public:
  JunitReport(std::ostream& out, const ReportOptions& options) : out_(out), options_(options) {}

  void add(const Verdict& verdict) override {
    cases_ += "    <testcase classname=\"redis-pki.check\" name=\"" + escape_markup(verdict.source) +
              "\" time=\"0\"";
    const auto problems = problems_of(verdict);
    if (verdict.state == State::kOk) {
      cases_ += "/>\n";
      return;
    }
    const char* element = verdict.state == State::kUnknown ? "error" : "failure";
    std::string text;
    for (const Problem& problem : problems) {
      text += std::string(to_string(problem.state)) + ": " + problem.text + "\n";
    }
    cases_ += std::string(">\n      <") + element + " type=\"" + std::string(to_string(verdict.state)) +
              "\" message=\"" + escape_markup(problems.front().text) + "\">" + escape_lines(text) + "</" +
              element + ">\n    </testcase>\n";
  }

  void finish(const Tally& tally) override {
    const auto of = [&](State state) { return tally.of_state.at(static_cast<size_t>(state)); };
    const std::string counts = " tests=\"" + std::to_string(tally.results) + "\" failures=\"" +
                               std::to_string(of(State::kWarning) + of(State::kCritical)) + "\" errors=\"" +
                               std::to_string(of(State::kUnknown)) + "\" time=\"0\"";
    std::string when = base::format_timestamp(options_.now);
    when.pop_back();  // the schema knows no time zone
    out_ << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" << counts
         << ">\n  <testsuite name=\"redis-pki check\"" << counts << " skipped=\"0\" timestamp=\"" << when
         << "\">\n"
         << cases_ << "  </testsuite>\n</testsuites>\n";
  }

 private:
  static std::string escape_lines(const std::string& lines) {
    std::string text;
    for (size_t begin = 0; begin < lines.size();) {
      const size_t end = lines.find('\n', begin);
      text += escape_markup(std::string_view(lines).substr(begin, end - begin)) + "\n";
      begin = end + 1;
    }
    return text;
  }

  std::ostream& out_;
  const ReportOptions options_;
  std::string cases_;
};

}  // namespace

std::unique_ptr<Report> make_junit_report(std::ostream& out, const ReportOptions& options) {
  return std::make_unique<JunitReport>(out, options);
}

}  // namespace check
