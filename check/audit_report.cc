#include "check/audit_report.h"

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "check/problem.h"

namespace check {
namespace {

using nlohmann::ordered_json;
using pki::Severity;

std::string place_of(const AuditFinding& finding) {
  return shown(finding.place) + (finding.line == 0 ? "" : ":" + std::to_string(finding.line));
}

void write_text(std::ostream& out, const std::vector<Audited>& audited, const std::string& /*version*/) {
  for (const Audited& one : audited) {
    if (!one.failure.empty()) {
      out << "UNKNOWN   " << shown(one.name) << "  " << shown(one.failure) << "\n";
      continue;
    }
    std::array<size_t, 3> counts{};
    for (const AuditFinding& finding : one.findings) {
      ++counts[static_cast<size_t>(finding.severity)];
      std::string state =
          upper_case(finding.severity == Severity::kInfo ? "info" : to_string(state_of(finding.severity)));
      state.resize(8, ' ');
      out << state << "  " << finding.rule->id << "  " << place_of(finding) << "\n          "
          << finding.rule->title << ": " << shown(finding.detail) << "\n          Why: " << finding.rule->why
          << "\n          Do:  " << finding.rule->remedy << "\n";
    }
    out << shown(one.name) << ": " << counts[2] << " critical, " << counts[1] << " warnings, " << counts[0]
        << " for information, of " << audit_rules().size() << " rules\n";
  }
}

ordered_json finding_as_json(const AuditFinding& finding) {
  ordered_json json{{"rule", finding.rule->id},     {"severity", to_string(finding.severity)},
                    {"title", finding.rule->title}, {"detail", shown(finding.detail)},
                    {"why", finding.rule->why},     {"remedy", finding.rule->remedy},
                    {"place", shown(finding.place)}};
  if (finding.line != 0) json["line"] = finding.line;
  return json;
}

void write_json(std::ostream& out, const std::vector<Audited>& audited, const std::string& /*version*/) {
  auto results = ordered_json::array();
  for (const Audited& one : audited) {
    auto findings = ordered_json::array();
    for (const AuditFinding& finding : one.findings) findings.push_back(finding_as_json(finding));
    ordered_json result{{"source", shown(one.name)},
                        {"state", to_string(state_of(std::vector{one}))},
                        {"findings", findings}};
    if (!one.failure.empty()) result["failure"] = shown(one.failure);
    results.push_back(std::move(result));
  }
  out << ordered_json{{"results", results}, {"state", to_string(state_of(audited))}}.dump(2) << "\n";
}

std::string_view sarif_level(Severity severity) {
  return severity == Severity::kError ? "error" : severity == Severity::kWarning ? "warning" : "note";
}

ordered_json sarif_rules() {
  auto rules = ordered_json::array();
  for (const AuditRule& rule : audit_rules()) {
    rules.push_back({{"id", rule.id},
                     {"shortDescription", {{"text", rule.title}}},
                     {"fullDescription", {{"text", rule.why}}},
                     {"help", {{"text", rule.remedy}}},
                     {"defaultConfiguration", {{"level", sarif_level(rule.severity)}}}});
  }
  return rules;
}

// A file is a place in the code; a server has a name.
ordered_json sarif_location(const AuditFinding& finding) {
  if (finding.line == 0 && !finding.place.starts_with('/')) {
    return {{"logicalLocations", {{{"fullyQualifiedName", shown(finding.place)}}}}};
  }
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", shown(finding.place)}}},
            {"region", {{"startLine", std::max<size_t>(finding.line, 1)}}}}}};
}

void write_sarif(std::ostream& out, const std::vector<Audited>& audited, const std::string& version) {
  auto results = ordered_json::array();
  auto failures = ordered_json::array();
  for (const Audited& one : audited) {
    for (const AuditFinding& finding : one.findings) {
      results.push_back({{"ruleId", finding.rule->id},
                         {"level", sarif_level(finding.severity)},
                         {"message",
                          {{"text", std::string(finding.rule->title) + ": " + shown(finding.detail) + ". " +
                                        std::string(finding.rule->remedy)}}},
                         {"locations", {sarif_location(finding)}}});
    }
    if (!one.failure.empty()) {
      failures.push_back(
          {{"level", "error"}, {"message", {{"text", shown(one.name) + ": " + shown(one.failure)}}}});
    }
  }
  const ordered_json run{
      {"tool", {{"driver", {{"name", "redis-pki"}, {"version", version}, {"rules", sarif_rules()}}}}},
      {"invocations",
       {{{"executionSuccessful", failures.empty()}, {"toolExecutionNotifications", failures}}}},
      {"results", results}};
  out << ordered_json{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", {run}}}
             .dump(2)
      << "\n";
}

struct Format {
  std::string_view name;
  void (*write)(std::ostream& out, const std::vector<Audited>& audited, const std::string& version);
};

constexpr Format kFormats[] = {{"text", write_text}, {"json", write_json}, {"sarif", write_sarif}};

}  // namespace

State state_of(const std::vector<Audited>& audited) {
  State state = State::kOk;
  for (const Audited& one : audited) {
    state = worse(state, one.failure.empty() ? state_of(one.findings) : State::kUnknown);
  }
  return state;
}

std::vector<std::string> audit_formats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

void write_audit(std::string_view format, std::ostream& out, const std::vector<Audited>& audited,
                 const std::string& version) {
  for (const Format& known : kFormats) {
    if (known.name == format) return known.write(out, audited, version);
  }
  throw base::Error(base::ErrorKind::kUsage,
                    "--format: there are text, json and sarif, not '" + std::string(format) + "'");
}

}  // namespace check
