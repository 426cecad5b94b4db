#include "base/process.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using base::run_program;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Process, GivesInputAndVariablesAndTakesTheOutput) {
  const auto result = run_program({"sh", "-c", "cat; echo $WORD; echo failed >&2; exit 3"}, {{"WORD", "a b"}},
                                  "text\n", seconds(10));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "text\na b\nfailed\n");
  EXPECT_EQ(result.reason(), "ended with code 3: failed");
}

TEST(Process, IsNoShell) {
  EXPECT_EQ(run_program({"echo", "$HOME; ls"}, {}, "", seconds(10)).output, "$HOME; ls\n");
}

TEST(Process, EndsWhatTakesTooLongAndItsChildren) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = run_program({"sh", "-c", "sleep 60 & sleep 60"}, {}, "", milliseconds(200));
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, 128 + 9);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(20));
}

TEST(Process, SurvivesAProgramThatDoesNotReadAndOneThatSaysTooMuch) {
  EXPECT_EQ(run_program({"true"}, {}, std::string(1 << 20, 'x'), seconds(10)).exit_code, 0);
  EXPECT_EQ(run_program({"sh", "-c", "head -c 1000000 /dev/zero"}, {}, "", seconds(10)).output.size(),
            65536u);
}

TEST(Process, SaysWhenThereIsNoSuchProgram) {
  testing_support::expect_error(base::ErrorKind::kNotFound, "no-such-program",
                                [] { run_program({"no-such-program"}, {}, "", seconds(1)); });
}
