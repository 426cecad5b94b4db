#include <nlohmann/json.hpp>
#include <ostream>

#include "base/timestamp.h"
#include "check/problem.h"
#include "check/report.h"

namespace check {
namespace {

using nlohmann::json;

json to_json(const Element& element) {
  json names = json::array();
  for (const std::string& name : element.names) names.push_back(clean(name));
  return {{"subject", clean(element.subject)},
          {"issuer", clean(element.issuer)},
          {"serial", element.serial},
          {"sha256", element.sha256},
          {"subject_alt_names", names},
          {"not_before", base::format_timestamp(element.not_before)},
          {"not_after", base::format_timestamp(element.not_after)},
          {"seconds_left", element.left.count()},
          {"state", to_string(element.state)}};
}

json to_json(const RevocationList& crl) {
  json result{{"issuer", clean(crl.issuer)}, {"this_update", base::format_timestamp(crl.this_update)}};
  if (crl.next_update) result["next_update"] = base::format_timestamp(*crl.next_update);
  return result;
}

json to_json(const Verdict& verdict) {
  json certificates = json::array();
  for (const Element& element : verdict.elements) certificates.push_back(to_json(element));
  json findings = json::array();
  for (const pki::Finding& finding : verdict.findings) {
    findings.push_back(
        {{"severity", to_string(finding.severity)}, {"code", finding.code}, {"text", clean(finding.text)}});
  }
  json result{{"source", clean(verdict.source)},
              {"state", to_string(verdict.state)},
              {"certificates", certificates},
              {"findings", findings}};
  for (const RevocationList& crl : verdict.crls) result["crls"].push_back(to_json(crl));
  if (!verdict.failure.empty()) result["failure"] = clean(verdict.failure);
  return result;
}

// A document as a member of a larger one.
std::string indented(const json& document, size_t by) {
  std::string text;
  for (const char c : document.dump(2)) {
    text += c;
    if (c == '\n') text.append(by, ' ');
  }
  return text;
}

class JsonReport : public Report {
 public:
  explicit JsonReport(std::ostream& out) : out_(out) {}

  void add(const Verdict& verdict) override {
    out_ << (is_first_ ? kBegin : ",") << "\n    " << indented(to_json(verdict), 4);
    is_first_ = false;
  }

  void finish(const Tally& tally) override {
    json summary{{"files", tally.files}, {"certificates", tally.certificates}, {"left_out", json::array()}};
    for (const State state : {State::kOk, State::kWarning, State::kCritical, State::kUnknown}) {
      summary[std::string(to_string(state))] = tally.of_state.at(static_cast<size_t>(state));
    }
    for (const std::string& left_out : tally.left_out) summary["left_out"].push_back(clean(left_out));
    out_ << (is_first_ ? kBegin : "\n  ") << "],\n  \"state\": " << json(to_string(tally.state))
         << ",\n  \"summary\": " << indented(summary, 2) << "\n}\n";
  }

 private:
  static constexpr const char* kBegin = "{\n  \"results\": [";

  std::ostream& out_;
  bool is_first_ = true;
};

}  // namespace

std::unique_ptr<Report> make_json_report(std::ostream& out, const ReportOptions&) {
  return std::make_unique<JsonReport>(out);
}

}  // namespace check
