#include "check/bench_report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "base/table.h"
#include "base/words.h"
#include "check/problem.h"

namespace check {
namespace {

using nlohmann::ordered_json;
using Kind = Measurement::Kind;

double in_microseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

std::string plural(size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

std::vector<std::string> row_of(const BenchResult& result, const Measurement& measured) {
  std::vector<std::string> row{measured.name, measured.over};
  if (!measured.why_not.empty()) {
    row.insert(row.end(), {"-", shown(measured.why_not)});
  } else {
    for (auto& figure : figures_of(result, measured)) row.push_back(std::move(figure));
  }
  return row;
}

void write_measurements(std::ostream& out, const BenchResult& result, Kind kind, const std::string& title,
                        const std::string& against) {
  std::vector<std::vector<std::string>> rows{
      {title, "over", "per second", against, "p50 ms", "p95", "p99", "p99.9", "server us", "bench"}};
  for (const Measurement& measured : result.measurements) {
    if (measured.kind == kind) rows.push_back(row_of(result, measured));
  }
  if (rows.size() > 1) out << "\n" << base::render_table(rows);
}

void write_key_costs(std::ostream& out, const BenchResult& result) {
  std::vector<std::vector<std::string>> rows{
      {"key type", "server us", "client us", "mTLS: server us", "client us"}};
  for (const KeyCost& cost : result.key_costs) {
    const std::string name(to_string(cost.type));
    if (!cost.why_not.empty()) {
      rows.push_back({name, "-", shown(cost.why_not)});
      continue;
    }
    rows.push_back({name, fixed(in_microseconds(cost.one_sided.server), 0),
                    fixed(in_microseconds(cost.one_sided.client), 0),
                    fixed(in_microseconds(cost.both_sided.server), 0),
                    fixed(in_microseconds(cost.both_sided.client), 0)});
  }
  out << "\n" << base::render_table(rows);
}

void write_text(std::ostream& out, const BenchResult& result) {
  out << bench_summary(result) << "\n";
  write_measurements(out, result, Kind::kCommands, "command", "of plain");
  write_measurements(out, result, Kind::kHandshakes, "handshake", "of full");
  write_key_costs(out, result);
  out << "\nserver us: CPU time of the server for each, as its INFO tells, with all that it does beside.\n"
         "bench: CPU time of this program, of one core.\n"
         "key type: CPU time of a full TLS 1.3 handshake in memory, on this machine; mTLS: the client shows "
         "such a "
         "certificate too.\n";
  const bool is_bound = std::any_of(result.measurements.begin(), result.measurements.end(),
                                    [](const Measurement& measured) { return measured.is_bound_by_us; });
  if (is_bound) out << "*: this program had no more to give; the server may have. Try --threads.\n";
  for (const std::string& note : result.notes) out << "note: " << shown(note) << "\n";
}

ordered_json as_json(const BenchResult& result, const Measurement& measured) {
  ordered_json json{{"name", measured.name}, {"over", measured.over}};
  if (!measured.why_not.empty()) {
    json["not_measured"] = shown(measured.why_not);
    return json;
  }
  json["count"] = measured.count;
  json["per_second"] = measured.per_second;
  const auto ratio = ratio_of(result, measured);
  json["ratio"] = ratio ? ordered_json(*ratio) : ordered_json();
  json["latency_ms"] = {
      {"p50", measured.p50}, {"p95", measured.p95}, {"p99", measured.p99}, {"p99.9", measured.p999}};
  json["server_cpu_us"] = measured.server_cpu ? ordered_json(*measured.server_cpu) : ordered_json();
  json["own_cpu"] = measured.own_cpu;
  json["bound_by_bench"] = measured.is_bound_by_us;
  return json;
}

ordered_json as_json(const HandshakeCost& cost) {
  return {{"server_cpu_us", in_microseconds(cost.server)}, {"client_cpu_us", in_microseconds(cost.client)}};
}

ordered_json as_json(const KeyCost& cost) {
  ordered_json json{{"key_type", to_string(cost.type)}};
  if (!cost.why_not.empty()) {
    json["not_measured"] = cost.why_not;
    return json;
  }
  json["handshakes"] = cost.handshakes;
  json["server_certificate"] = as_json(cost.one_sided);
  json["both_certificates"] = as_json(cost.both_sided);
  return json;
}

void write_json(std::ostream& out, const BenchResult& result) {
  auto commands = ordered_json::array();
  auto handshakes = ordered_json::array();
  for (const Measurement& measured : result.measurements) {
    (measured.kind == Kind::kCommands ? commands : handshakes).push_back(as_json(result, measured));
  }
  auto keys = ordered_json::array();
  for (const KeyCost& cost : result.key_costs) keys.push_back(as_json(cost));
  auto notes = ordered_json::array();
  for (const std::string& note : result.notes) notes.push_back(shown(note));
  const ordered_json json{{"target", shown(result.target)},
                          {"server", shown(result.server)},
                          {"key", shown(result.key)},
                          {"connections", result.load.connections},
                          {"threads", result.load.threads},
                          {"value_size", result.load.value_size},
                          {"commands", commands},
                          {"handshakes", handshakes},
                          {"key_types", keys},
                          {"notes", notes}};
  out << json.dump(2) << "\n";
}

struct Format {
  std::string_view name;
  void (*write)(std::ostream& out, const BenchResult& result);
};

constexpr Format kFormats[] = {{"text", write_text}, {"json", write_json}, {"html", write_bench_page}};

}  // namespace

std::string fixed(double number, int digits) {
  std::array<char, 400> text;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed, digits);
  return {text.data(), end.ptr};
}

std::string bench_summary(const BenchResult& result) {
  const BenchLoad& load = result.load;
  std::string text = shown(result.target) + ": ";
  for (const std::string& part : {result.server, result.key}) text += part.empty() ? "" : shown(part) + ", ";
  return text + plural(load.connections, "connection") + ", " + plural(load.threads, "thread") +
         " of bench, values of " + plural(load.value_size, "byte") + ", " +
         base::format_duration(std::chrono::duration_cast<std::chrono::seconds>(load.duration));
}

std::optional<double> ratio_of(const BenchResult& result, const Measurement& measured) {
  const bool is_command = measured.kind == Kind::kCommands;
  for (const Measurement& other : result.measurements) {
    const bool fits = is_command ? other.name == measured.name && other.over == "plaintext"
                                 : other.name == "full" && other.over == measured.over;
    if (fits && other.kind == measured.kind && other.why_not.empty()) {
      return measured.per_second / other.per_second;
    }
  }
  return std::nullopt;
}

std::vector<std::string> figures_of(const BenchResult& result, const Measurement& measured) {
  const auto ratio = ratio_of(result, measured);
  std::vector<std::string> figures{fixed(measured.per_second, 0), ratio ? fixed(*ratio, 2) : ""};
  for (const double latency : {measured.p50, measured.p95, measured.p99, measured.p999}) {
    figures.push_back(fixed(latency, 2));
  }
  figures.push_back(measured.server_cpu ? fixed(*measured.server_cpu, 1) : "");
  figures.push_back(fixed(measured.own_cpu * 100, 0) + "%" + (measured.is_bound_by_us ? "*" : ""));
  return figures;
}

std::vector<std::string> bench_formats() {
  std::vector<std::string> names;
  for (const Format& format : kFormats) names.emplace_back(format.name);
  return names;
}

void write_bench(std::string_view format, std::ostream& out, const BenchResult& result) {
  for (const Format& known : kFormats) {
    if (known.name == format) return known.write(out, result);
  }
  throw base::Error(
      base::ErrorKind::kUsage,
      "--format: '" + std::string(format) + "' is not known; there are " + base::join(bench_formats(), ", "));
}

}  // namespace check
