#pragma once

#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "check/judgement.h"
#include "check/tally.h"

namespace check {

// What becomes of verdicts: each is added as it comes, then the report is finished.
class Report {
 public:
  virtual ~Report() = default;
  virtual void add(const Verdict& verdict) = 0;
  virtual void finish(const Tally& tally) = 0;
};

struct ReportOptions {
  base::Time now;
  bool has_colour = false;  // text, for a terminal
};

// Aligned lines, one a certificate and finding, and a sum. Written as they come, in blocks.
std::unique_ptr<Report> make_text_report(std::ostream& out, const ReportOptions& options);

// {"results": [{"source", "state", "certificates", "crls", "findings", "failure"}], "summary", "state"},
// written as they come.
std::unique_ptr<Report> make_json_report(std::ostream& out, const ReportOptions& options);

// Prometheus' text format, for the textfile collector and the exporter: times are absolute, names and labels
// those of x509-certificate-exporter. It is one whole: written at the end.
std::unique_ptr<Report> make_prometheus_report(std::ostream& out, const ReportOptions& options);

// One line with performance data, as the Monitoring Plugins Development Guidelines have it.
std::unique_ptr<Report> make_nagios_report(std::ostream& out, const ReportOptions& options);

// A test case for each source; warnings are failures, as for the exit code.
std::unique_ptr<Report> make_junit_report(std::ostream& out, const ReportOptions& options);

// Workflow commands of GitHub Actions: an annotation for each problem.
std::unique_ptr<Report> make_github_report(std::ostream& out, const ReportOptions& options);

// One page that needs no network: what expires when, and a table that can be sorted.
std::unique_ptr<Report> make_html_report(std::ostream& out, const ReportOptions& options);

// One of these by its name. Throws Error(kUsage) for another one.
std::unique_ptr<Report> make_report(std::string_view format, std::ostream& out, const ReportOptions& options);
std::vector<std::string> report_formats();

}  // namespace check
