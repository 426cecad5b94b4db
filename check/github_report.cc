#include <ostream>

#include "check/problem.h"
#include "check/report.h"

namespace check {
namespace {

// As the runner's toolkit escapes: what is beyond these can't be in a clean text.
std::string escape(const std::string& text, bool is_property) {
  std::string result;
  for (const char c : text) {
    if (c == '%') {
      result += "%25";
    } else if (is_property && c == ':') {
      result += "%3A";
    } else if (is_property && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

class GithubReport : public Report {
 public:
  explicit GithubReport(std::ostream& out) : out_(out) {}

  void add(const Verdict& verdict) override {
    for (const Problem& problem : problems_of(verdict)) {
      out_ << (problem.state == State::kWarning ? "::warning " : "::error ");
      if (!verdict.path.empty()) out_ << "file=" << escape(clean(verdict.path.native()), true) << ",";
      out_ << "title=Certificate " << to_string(problem.state)
           << "::" << escape(clean(verdict.source) + ": " + problem.text, false) << "\n";
    }
  }

  void finish(const Tally& tally) override {
    out_ << tally.certificates << " certificates in " << tally.results
         << " places: " << to_string(tally.state) << "\n";
  }

 private:
  std::ostream& out_;
};

}  // namespace

std::unique_ptr<Report> make_github_report(std::ostream& out, const ReportOptions&) {
  return std::make_unique<GithubReport>(out);
}

}  // namespace check
