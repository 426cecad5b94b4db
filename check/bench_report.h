#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/bench.h"

namespace check {

// "text", "json" or "html": one page with charts. Throws Error(kUsage) for another one.
void write_bench(std::string_view format, std::ostream& out, const BenchResult& result);
std::vector<std::string> bench_formats();

// The ratio to what it is compared with: a command to the same over plaintext, a handshake to a full one over
// the same protocol. Nothing when that was not measured.
std::optional<double> ratio_of(const BenchResult& result, const Measurement& measured);

// Its figures in the order of the table, as text: a second, ratio, latencies, CPU of the server and of us.
std::vector<std::string> figures_of(const BenchResult& result, const Measurement& measured);

// A number with so many digits after the point, whatever the locale.
std::string fixed(double number, int digits);

// "localhost:6380: Redis 7.0.15, EC P-256; 50 connections, ..."
std::string bench_summary(const BenchResult& result);

// The page of "html".
void write_bench_page(std::ostream& out, const BenchResult& result);

}  // namespace check
