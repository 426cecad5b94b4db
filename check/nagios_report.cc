#include <algorithm>
#include <ostream>

#include "check/problem.h"
#include "check/report.h"

namespace check {
namespace {

constexpr size_t kMostProblems = 3;  // that are named; Nagios keeps about 4 KiB of a line
constexpr size_t kMostValues = 20;   // the first to end

// The bar begins the performance data.
std::string plain(std::string text) {
  std::replace(text.begin(), text.end(), '|', '/');
  return text;
}

std::string label(const std::string& source) {
  std::string text = "'";
  for (const char c : plain(clean(source))) {
    if (c == '\'') text += '\'';
    text += c == '=' ? '_' : c;
  }
  return text + "'";
}

class NagiosReport : public Report {
 public:
  explicit NagiosReport(std::ostream& out) : out_(out) {}

  void add(const Verdict& verdict) override {
    for (const Problem& problem : problems_of(verdict)) {
      keep(problems_, {problem.state, plain(clean(verdict.source) + ": " + problem.text)}, kMostProblems,
           [](const Problem& a, const Problem& b) {
             return a.state != b.state && worse(a.state, b.state) == a.state;
           });
    }
    if (const Element* first = first_to_end(verdict)) {
      keep(values_,
           {first->left.count(), label(verdict.source) + "=" + std::to_string(first->left.count()) + "s;" +
                                     std::to_string(first->warns_at.count()) + ":;" +
                                     std::to_string(first->critical_at.count()) + ":"},
           kMostValues, [](const Value& a, const Value& b) { return a.left < b.left; });
    }
  }

  void finish(const Tally& tally) override {
    out_ << "CERTIFICATES " << upper_case(to_string(tally.state)) << " - " << tally.certificates
         << " certificates in " << tally.results << " places";
    for (const State state : {State::kCritical, State::kUnknown, State::kWarning}) {
      const size_t count = tally.of_state.at(static_cast<size_t>(state));
      if (count > 0) out_ << ", " << count << " " << to_string(state);
    }
    for (const Problem& problem : problems_) out_ << "; " << problem.text;
    out_ << " |";
    for (const Value& value : values_) out_ << " " << value.text;
    for (const State state : {State::kOk, State::kWarning, State::kCritical, State::kUnknown}) {
      out_ << " '" << to_string(state) << "'=" << tally.of_state.at(static_cast<size_t>(state)) << ";;;0";
    }
    out_ << "\n";
  }

 private:
  struct Value {
    long long left;
    std::string text;
  };

  // Keeps the first `most` of them, in order.
  template <typename T, typename Less>
  static void keep(std::vector<T>& kept, T added, size_t most, Less less) {
    kept.insert(std::upper_bound(kept.begin(), kept.end(), added, less), std::move(added));
    if (kept.size() > most) kept.pop_back();
  }

  std::ostream& out_;
  std::vector<Problem> problems_;
  std::vector<Value> values_;
};

}  // namespace

std::unique_ptr<Report> make_nagios_report(std::ostream& out, const ReportOptions&) {
  return std::make_unique<NagiosReport>(out);
}

}  // namespace check
