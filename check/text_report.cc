#include <algorithm>
#include <ostream>

#include "base/duration.h"
#include "base/timestamp.h"
#include "check/problem.h"
#include "check/report.h"

namespace check {
namespace {

constexpr size_t kBlock = 1024;  // rows that are aligned together
constexpr size_t kLongest = 400;

struct Row {
  State state;
  std::string source, left, rest;
};

std::string_view colour_of(State state) {
  switch (state) {
    case State::kOk:
      return "\x1b[32m";
    case State::kWarning:
      return "\x1b[33m";
    case State::kCritical:
      return "\x1b[31m";
    case State::kUnknown:
      return "\x1b[35m";
  }
  return "";
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

class TextReport : public Report {
 public:
  TextReport(std::ostream& out, const ReportOptions& options) : out_(out), options_(options) {}

  void add(const Verdict& verdict) override {
    const std::string source = shown(verdict.source, kLongest);
    for (const Element& element : verdict.elements) {
      rows_.push_back(
          {element.state, source, time_left(element.left),
           "until " + base::format_timestamp(element.not_after) + "  " + shown(element.subject, kLongest)});
    }
    for (const RevocationList& crl : verdict.crls) {
      const std::string end =
          crl.next_update ? "until " + base::format_timestamp(*crl.next_update) + "  " : "";
      rows_.push_back({State::kOk, source, crl.next_update ? time_left(*crl.next_update - options_.now) : "",
                       end + "CRL of " + shown(crl.issuer, kLongest)});
    }
    for (const pki::Finding& finding : verdict.findings) {
      rows_.push_back({state_of(finding.severity), source, std::string(to_string(finding.severity)),
                       shown(finding.text, kLongest)});
    }
    if (!verdict.failure.empty()) {
      rows_.push_back({State::kUnknown, source, "", shown(verdict.failure, kLongest)});
    }
    if (rows_.size() >= kBlock) write_rows();
  }

  void finish(const Tally& tally) override {
    write_rows();
    for (const std::string& left_out : tally.left_out) {
      out_ << "left out " << shown(left_out, kLongest) << "\n";
    }
    if (tally.results < 2) return;
    std::string parts;
    for (const State state : {State::kCritical, State::kUnknown, State::kWarning, State::kOk}) {
      const size_t count = tally.of_state.at(static_cast<size_t>(state));
      if (count == 0) continue;
      parts += (parts.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(to_string(state));
    }
    out_ << parts << ": " << tally.certificates << " certificates in " << tally.results << " places";
    if (tally.files > tally.results) out_ << ", of " << tally.files << " files";
    out_ << "\n";
  }

 private:
  void write_rows() {
    size_t source = 0, left = 0;
    for (const Row& row : rows_) {
      source = std::max(source, row.source.size());
      left = std::max(left, row.left.size());
    }
    for (const Row& row : rows_) {
      const std::string state = padded(upper_case(to_string(row.state)), 8);
      out_ << (options_.has_colour ? std::string(colour_of(row.state)) + state + "\x1b[0m" : state) << "  "
           << padded(row.source, source) << "  " << (left > 0 ? padded(row.left, left) + "  " : "")
           << row.rest << "\n";
    }
    rows_.clear();
  }

  std::ostream& out_;
  const ReportOptions options_;
  std::vector<Row> rows_;
};

}  // namespace

std::unique_ptr<Report> make_text_report(std::ostream& out, const ReportOptions& options) {
  return std::make_unique<TextReport>(out, options);
}

}  // namespace check
