#include "check/bench_page.h"

#include <algorithm>
#include <ostream>

#include "check/bench_report.h"
#include "check/markup.h"

namespace check {
namespace {

using Kind = Measurement::Kind;

constexpr int kWidth = 900;  // of a chart, in its own units, as the others
constexpr int kLabels = 190;
constexpr int kValues = 110;
constexpr int kBar = 16;
constexpr int kStep = 20;
constexpr int kGap = 12;

struct Bar {
  std::string group;
  std::string label;
  std::string tone;  // a class of the page
  double value;
};

std::string svg_text(int x, int y, const std::string& tone, const std::string& text) {
  return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" class=\"" + tone + "\">" +
         escape_markup(text) + "</text>\n";
}

// Bars from the left, those of a group together.
std::string chart(const std::vector<Bar>& bars, const std::string& title, int digits) {
  double largest = 0;
  for (const Bar& bar : bars) largest = std::max(largest, bar.value);
  if (largest <= 0) return "<p>Not measured.</p>";
  std::string text;
  std::string group;
  int y = 0;
  for (const Bar& bar : bars) {
    const bool begins = bar.group != group;
    if (begins) y += group.empty() ? 0 : kGap;
    group = bar.group;
    if (begins) text += svg_text(0, y + kBar - 3, "group", bar.group);
    const double width = (kWidth - kLabels - kValues) * bar.value / largest;
    text += "<rect x=\"" + std::to_string(kLabels) + "\" y=\"" + std::to_string(y) + "\" width=\"" +
            fixed(width, 1) + "\" height=\"" + std::to_string(kBar) + "\" rx=\"2\" class=\"" + bar.tone +
            "\"/>\n";
    text += svg_text(kLabels + static_cast<int>(width) + 6, y + kBar - 3, "value",
                     fixed(bar.value, digits) + "  " + bar.label);
    y += kStep;
  }
  return "<svg viewBox=\"0 0 " + std::to_string(kWidth) + " " + std::to_string(y) +
         "\" role=\"img\" aria-label=\"" + escape_markup(title) + "\">\n" + text + "</svg>";
}

std::string tone_of(const std::string& transport) {
  return transport == "TLSv1.2" ? "tls12" : transport == "TLSv1.3" ? "tls13" : "plaintext";
}

std::vector<Bar> bars_of(const BenchResult& result, Kind kind, double Measurement::*value) {
  std::vector<Bar> bars;
  for (const Measurement& measured : result.measurements) {
    if (measured.kind != kind || !measured.why_not.empty()) continue;
    bars.push_back({measured.name, measured.over, tone_of(measured.over), measured.*value});
  }
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.group < b.group; });
  return bars;
}

std::vector<Bar> bars_of_keys(const BenchResult& result) {
  std::vector<Bar> bars;
  const auto add = [&](const KeyCost& cost, const std::string& label, const std::string& tone,
                       std::chrono::nanoseconds time) {
    bars.push_back({std::string(to_string(cost.type)), label, tone,
                    std::chrono::duration<double, std::micro>(time).count()});
  };
  for (const KeyCost& cost : result.key_costs) {
    if (!cost.why_not.empty()) continue;
    add(cost, "server", "server", cost.one_sided.server);
    add(cost, "client", "client", cost.one_sided.client);
    add(cost, "server, mTLS", "server", cost.both_sided.server);
    add(cost, "client, mTLS", "client", cost.both_sided.client);
  }
  return bars;
}

std::string cell(const std::string& text) { return "<td>" + escape_markup(text) + "</td>"; }

std::string rows_of(const BenchResult& result) {
  std::string text;
  for (const Measurement& measured : result.measurements) {
    text += "<tr>" + cell(measured.name) + cell(measured.over);
    if (!measured.why_not.empty()) {
      text += "<td colspan=\"8\">" + escape_markup(measured.why_not) + "</td></tr>\n";
      continue;
    }
    for (const std::string& figure : figures_of(result, measured)) text += cell(figure);
    text += "</tr>\n";
  }
  return text;
}

}  // namespace

void write_bench_page(std::ostream& out, const BenchResult& result) {
  std::string notes;
  for (const std::string& note : result.notes) notes += "<li>" + escape_markup(note) + "</li>\n";
  out << fill_page(
      kBenchPage,
      {{"target", escape_markup(result.target)},
       {"summary", escape_markup(bench_summary(result))},
       {"commands",
        chart(bars_of(result, Kind::kCommands, &Measurement::per_second), "Commands a second", 0)},
       {"latencies", chart(bars_of(result, Kind::kCommands, &Measurement::p99), "p99 latency", 2)},
       {"handshakes",
        chart(bars_of(result, Kind::kHandshakes, &Measurement::per_second), "Handshakes a second", 0)},
       {"keys", chart(bars_of_keys(result), "CPU time by type of key", 0)},
       {"rows", rows_of(result)},
       {"notes", notes}});
}

}  // namespace check
