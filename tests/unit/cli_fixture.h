#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run.h"
#include "fake_clock.h"
#include "temporary_directory.h"

namespace testing_support {

struct CliResult {
  int code = 0;
  std::string out;
  std::string err;
};

// Runs command lines in this process, over a home of their own.
struct CliFixture : testing::Test {
  CliResult run(std::vector<std::string> arguments) { return run(std::move(arguments), home.native()); }

  CliResult run(std::vector<std::string> arguments, const std::string& in_home) {
    std::ostringstream out, err;
    cli::Context context{out, err, clock};
    arguments.insert(arguments.end(), {"--home", in_home});
    CliResult result;
    result.code = cli::run(std::move(arguments), context);
    result.out = out.str();
    result.err = err.str();
    return result;
  }

  void expect_usage_error(std::vector<std::string> arguments, const std::string& part, int code = 2) {
    const CliResult result = run(std::move(arguments));
    EXPECT_EQ(result.code, code);
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  }

  FakeClock clock;
  TemporaryDirectory directory;
  std::filesystem::path home = directory.path() / "home";
};

}  // namespace testing_support
