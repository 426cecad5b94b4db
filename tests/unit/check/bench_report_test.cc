#include "check/bench_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "expect_error.h"

using check::Measurement;
using Kind = Measurement::Kind;

namespace {

Measurement measured(Kind kind, const std::string& name, const std::string& over, double per_second) {
  Measurement result{kind, name, over, 1000, per_second, 0.1, 0.2, 0.3, 0.4, 12.34, 0.5};
  return result;
}

check::BenchResult sample() {
  check::BenchResult result;
  result.target = "localhost:6380";
  result.server = "Redis <b>7</b>\x1b[31m";
  result.measurements = {measured(Kind::kCommands, "GET", "plaintext", 1000),
                         measured(Kind::kCommands, "GET", "TLSv1.3", 800),
                         measured(Kind::kHandshakes, "full", "TLSv1.3", 100),
                         measured(Kind::kHandshakes, "resumed", "TLSv1.3", 150)};
  Measurement refused{Kind::kHandshakes, "resumed", "TLSv1.2"};
  refused.why_not = "gives no <session>";
  result.measurements.push_back(refused);
  result.key_costs = {
      {pki::KeyType::kEcP256, 10, {std::chrono::microseconds(300), std::chrono::microseconds(400)}}};
  result.notes = {"TLSv1.2 not measured: it's <off>"};
  return result;
}

std::string written(const std::string& format) {
  std::ostringstream out;
  check::write_bench(format, out, sample());
  return out.str();
}

TEST(BenchReport, ComparesCommandsWithPlaintextAndHandshakesWithFullOnes) {
  const auto result = sample();
  EXPECT_EQ(check::ratio_of(result, result.measurements[1]), 0.8);
  EXPECT_EQ(check::ratio_of(result, result.measurements[3]), 1.5);
  EXPECT_EQ(check::ratio_of(result, result.measurements[4]), std::nullopt);
}

TEST(BenchReport, JsonHasEveryFigureAndWhyOneIsMissing) {
  const auto json = nlohmann::json::parse(written("json"));
  EXPECT_EQ(json["commands"][1]["ratio"], 0.8);
  EXPECT_EQ(json["commands"][0]["latency_ms"]["p99.9"], 0.4);
  EXPECT_EQ(json["handshakes"][2]["not_measured"], "gives no <session>");
  EXPECT_EQ(json["key_types"][0]["server_certificate"]["server_cpu_us"], 300);
  EXPECT_EQ(json["notes"].size(), 1u);
}

TEST(BenchReport, TextShowsNoControlCharacters) {
  const auto text = written("text");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("GET      TLSv1.3"), std::string::npos) << text;
}

TEST(BenchReport, PageEscapesWhatServersSay) {
  const auto page = written("html");
  EXPECT_NE(page.find("Redis &lt;b&gt;7&lt;/b&gt;"), std::string::npos);
  EXPECT_EQ(page.find("<session>"), std::string::npos);
  EXPECT_EQ(page.find("{{"), std::string::npos);
  EXPECT_NE(page.find("<rect"), std::string::npos);
}

TEST(BenchReport, UnknownFormatIsRefused) {
  std::ostringstream out;
  testing_support::expect_error(base::ErrorKind::kUsage, "pdf",
                                [&] { check::write_bench("pdf", out, sample()); });
}

}  // namespace
