#include "check/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/timestamp.h"

namespace check {
namespace {

using nlohmann::json;

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return result;
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string time_left(std::chrono::seconds left) {
  if (left.count() < 0) return "expired " + base::format_duration(-left) + " ago";
  return base::format_duration(left) + " left";
}

struct Row {
  std::string state;
  std::string source;
  std::string left;
  std::string rest;
};

void add_rows(const Verdict& verdict, std::vector<Row>& rows) {
  const std::string& source = verdict.observation.source;
  for (const Element& element : verdict.elements) {
    rows.push_back({upper(to_string(element.state)), source, time_left(element.left),
                    "until " + base::format_timestamp(element.not_after) + "  " + element.subject});
  }
  for (const pki::Finding& finding : verdict.observation.findings) {
    rows.push_back(
        {upper(to_string(verdict.state)), source, std::string(to_string(finding.severity)), finding.text});
  }
  if (!verdict.observation.failure.empty()) {
    rows.push_back({upper(to_string(State::kUnknown)), source, "", verdict.observation.failure});
  }
}

}  // namespace

State worst_state(const std::vector<Verdict>& verdicts) {
  State worst = State::kOk;
  for (const Verdict& verdict : verdicts) worst = worse(worst, verdict.state);
  return worst;
}

std::string render_text(const std::vector<Verdict>& verdicts) {
  std::vector<Row> rows;
  for (const Verdict& verdict : verdicts) add_rows(verdict, rows);
  size_t state = 0, source = 0, left = 0;
  for (const Row& row : rows) {
    state = std::max(state, row.state.size());
    source = std::max(source, row.source.size());
    left = std::max(left, row.left.size());
  }
  std::string text;
  for (const Row& row : rows) {
    text += padded(row.state, state) + "  " + padded(row.source, source) + "  " +
            (left > 0 ? padded(row.left, left) + "  " : "") + row.rest + "\n";
  }
  return text;
}

std::string render_json(const std::vector<Verdict>& verdicts) {
  json results = json::array();
  for (const Verdict& verdict : verdicts) {
    json certificates = json::array();
    for (const Element& element : verdict.elements) {
      certificates.push_back({{"subject", element.subject},
                              {"sha256", element.sha256},
                              {"not_after", base::format_timestamp(element.not_after)},
                              {"seconds_left", element.left.count()},
                              {"state", to_string(element.state)}});
    }
    json findings = json::array();
    for (const pki::Finding& finding : verdict.observation.findings) {
      findings.push_back(
          {{"severity", to_string(finding.severity)}, {"code", finding.code}, {"text", finding.text}});
    }
    json result{{"source", verdict.observation.source},
                {"state", to_string(verdict.state)},
                {"certificates", certificates},
                {"findings", findings}};
    if (!verdict.observation.failure.empty()) result["failure"] = verdict.observation.failure;
    results.push_back(std::move(result));
  }
  const json document{{"state", to_string(worst_state(verdicts))}, {"results", results}};
  // Subjects are foreign bytes: what is no UTF-8 in them is replaced.
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace check
