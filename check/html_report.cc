#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <ostream>

#include "base/duration.h"
#include "base/timestamp.h"
#include "check/markup.h"
#include "check/problem.h"
#include "check/report.h"
#include "check/report_page.h"

namespace check {
namespace {

constexpr double kExpired = 8;   // per cent of the timeline for what has ended
constexpr double kDays = 3650;   // what lasts longer stands at the end
constexpr size_t kTallest = 14;  // dots above each other
constexpr int kDot = 9;          // pixels

// Per cent from the left: near ends have more room than far ones.
double position(std::chrono::seconds left) {
  const double days = static_cast<double>(left.count()) / 86400;
  if (days < 0) return kExpired / 2;
  return kExpired + (100 - kExpired) * std::min(1.0, std::log1p(days / 7) / std::log1p(kDays / 7));
}

std::string percent(double value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%.1f%%", value);
  return text.data();
}

struct Row {
  std::chrono::seconds left;
  State state;
  std::string title;
  std::string cells;
};

std::string problem_list(const std::vector<Problem>& problems) {
  if (problems.empty()) return "";
  std::string text = "<ul>";
  for (const Problem& problem : problems) text += "<li>" + escape_markup(problem.text) + "</li>";
  return text + "</ul>";
}

std::string small(const std::string& text) {
  return text.empty() ? "" : "<small>" + escape_markup(text) + "</small>";
}

std::string state_cell(State state) {
  const std::string key = std::to_string(static_cast<int>(state));
  return "<td data-key=\"" + key + "\">" + std::string(to_string(state)) + "</td>";
}

// Without an end it is sorted behind all others.
std::string end_cell(const std::optional<base::Time>& end, base::Time now) {
  if (!end) return "<td data-key=\"99999999999\"></td>";
  return "<td data-key=\"" + std::to_string(end->time_since_epoch().count()) + "\">" + time_left(*end - now) +
         small(base::format_timestamp(*end)) + "</td>";
}

class HtmlReport : public Report {
 public:
  HtmlReport(std::ostream& out, const ReportOptions& options) : out_(out), options_(options) {}

  void add(const Verdict& verdict) override {
    const std::string where = "<td>" + escape_markup(verdict.source) + "</td>";
    std::string problems = problem_list(problems_of(verdict));  // once, with the first row
    State state = verdict.state;
    for (const Element& element : verdict.elements) {
      std::string names;
      for (const std::string& name : element.names) names += (names.empty() ? "" : ", ") + name;
      rows_.push_back({element.left, state, clean(element.subject) + ": " + time_left(element.left),
                       state_cell(state) + end_cell(element.not_after, options_.now) + "<td>" +
                           escape_markup(element.subject) + small(names) + problems + "</td>" + where +
                           "<td>" + escape_markup(element.issuer) + "</td>"});
      problems.clear();
      state = State::kOk;
      if (&element != &verdict.elements.back()) state = (&element)[1].state;
    }
    for (const RevocationList& crl : verdict.crls) {
      const auto left = crl.next_update ? *crl.next_update - options_.now : std::chrono::seconds::max();
      rows_.push_back({left, state, "CRL of " + clean(crl.issuer),
                       state_cell(state) + end_cell(crl.next_update, options_.now) + "<td>CRL" + problems +
                           "</td>" + where + "<td>" + escape_markup(crl.issuer) + "</td>"});
      problems.clear();
    }
    if (verdict.elements.empty() && verdict.crls.empty()) {
      rows_.push_back({std::chrono::seconds::max(), state, clean(verdict.source),
                       state_cell(state) + end_cell(std::nullopt, options_.now) + "<td>" + problems +
                           "</td>" + where + "<td></td>"});
    }
  }

  void finish(const Tally& tally) override {
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.left < b.left; });
    out_ << fill_page(kReportPage, {{"state", std::string(to_string(tally.state))},
                                    {"summary", summary(tally)},
                                    {"filters", filters(tally)},
                                    {"timeline", timeline()},
                                    {"rows", rows()}});
  }

 private:
  std::string summary(const Tally& tally) const {
    return std::to_string(tally.certificates) + " certificates in " + std::to_string(tally.results) +
           " places, at " + base::format_timestamp(options_.now);
  }

  static std::string filters(const Tally& tally) {
    std::string text;
    for (const State state : {State::kCritical, State::kUnknown, State::kWarning, State::kOk}) {
      const std::string name(to_string(state));
      text += "<button class=\"" + name + "\" value=\"" + name + "\" aria-pressed=\"false\"><b>" +
              std::to_string(tally.of_state.at(static_cast<size_t>(state))) + "</b> " + name + "</button>\n";
    }
    return text;
  }

  std::string timeline() const {
    using std::chrono::days;
    std::string text = "<span class=\"axis\" style=\"left:" + percent(kExpired / 2) + "\">expired</span>\n";
    for (const auto& [left, name] : {std::pair{days(0), "now"},
                                     {days(7), "7d"},
                                     {days(30), "30d"},
                                     {days(90), "90d"},
                                     {days(365), "1y"},
                                     {days(3650), "10y"}}) {
      const std::string at = percent(position(left));
      text += "<i style=\"left:" + at + "\"></i><span class=\"axis\" style=\"left:" + at + "\">" + name +
              "</span>\n";
    }
    std::map<int, size_t> heights;  // of the dots in each per cent
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].left == std::chrono::seconds::max()) continue;
      const double at = position(rows_[i].left);
      const size_t height = heights[static_cast<int>(at)]++;
      if (height >= kTallest) continue;
      text += "<a href=\"#r" + std::to_string(i) + "\" class=\"" + std::string(to_string(rows_[i].state)) +
              "\" title=\"" + escape_markup(rows_[i].title) + "\" style=\"left:" + percent(at) +
              ";bottom:" + std::to_string(height * kDot) + "px\"></a>\n";
    }
    for (const auto& [at, count] : heights) {
      if (count <= kTallest) continue;
      text += "<span style=\"left:" + percent(at) + ";bottom:" + std::to_string(kTallest * kDot) + "px\">+" +
              std::to_string(count - kTallest) + "</span>\n";
    }
    return text;
  }

  std::string rows() const {
    std::string text;
    for (size_t i = 0; i < rows_.size(); ++i) {
      text += "<tr id=\"r" + std::to_string(i) + "\" class=\"" + std::string(to_string(rows_[i].state)) +
              "\">" + rows_[i].cells + "</tr>\n";
    }
    return text;
  }

  std::ostream& out_;
  const ReportOptions options_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<Report> make_html_report(std::ostream& out, const ReportOptions& options) {
  return std::make_unique<HtmlReport>(out, options);
}

}  // namespace check
