#include "check/report.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/words.h"

namespace check {
namespace {

struct Format {
  std::string_view name;
  std::unique_ptr<Report> (*make)(std::ostream&, const ReportOptions&);
};

constexpr std::array<Format, 7> kFormats = {{{"text", make_text_report},
                                             {"json", make_json_report},
                                             {"prometheus", make_prometheus_report},
                                             {"nagios", make_nagios_report},
                                             {"junit", make_junit_report},
                                             {"github", make_github_report},
                                             {"html", make_html_report}}};

}  // namespace

std::unique_ptr<Report> make_report(std::string_view format, std::ostream& out,
                                    const ReportOptions& options) {
  const auto found = std::find_if(kFormats.begin(), kFormats.end(),
                                  [&](const Format& known) { return known.name == format; });
  if (found != kFormats.end()) return found->make(out, options);
  const auto near = base::nearest_word(format, report_formats());
  std::string all;
  for (const std::string& name : report_formats()) all += (all.empty() ? "" : ", ") + name;
  throw base::Error(base::ErrorKind::kUsage,
                    "--format: '" + std::string(format) + "' is not there; " +
                        (near ? "did you mean '" + *near + "'?" : "there are " + all));
}

std::vector<std::string> report_formats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

}  // namespace check
