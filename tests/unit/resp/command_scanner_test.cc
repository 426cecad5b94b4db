#include "resp/command_scanner.h"

#include <gtest/gtest.h>

#include <string>

using resp::scan_command;
using Words = std::vector<std::string_view>;

TEST(CommandScanner, ReadsWhatClientLibrariesSend) {
  Words words{"before"};
  const std::string_view command("*2\r\n$3\r\nGET\r\n$3\r\n\r\nk\r\n");
  const std::string bytes = std::string(command) + "*1\r\n$4\r\nPING\r\n";
  EXPECT_EQ(scan_command(bytes, {}, words), command.size());
  EXPECT_EQ(words, (Words{"before", "GET", "\r\nk"}));
  EXPECT_EQ(scan_command(std::string_view(bytes).substr(command.size()), {}, words), 14u);
  EXPECT_EQ(words.back(), "PING");
}

TEST(CommandScanner, LeavesAllElseToTheDecoder) {
  const std::string_view whole = "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
  Words words;
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(scan_command(whole.substr(0, size), {}, words), 0u) << size;
  }
  for (const std::string_view other :
       {"PING\r\n", "*0\r\n", "*-1\r\n", "$3\r\nGET\r\n", "*1\r\n:1\r\n", "*1\r\n$-1\r\n", "*1\r\n$\r\n\r\n",
        "*1\n$1\nk\n", "*1\r\n$1\r\nkk\r\n", "*1\r\n$1\r\nk\r\r", "*x\r\n", "*+1\r\n$1\r\nk\r\n",
        "*0000000001\r\n$1\r\nk\r\n"}) {
    EXPECT_EQ(scan_command(other, {}, words), 0u) << other;
  }
  EXPECT_TRUE(words.empty());
}

TEST(CommandScanner, KeepsTheLimits) {
  Words words;
  const std::string_view command = "*2\r\n$3\r\nGET\r\n$4\r\nkeys\r\n";
  EXPECT_EQ(scan_command(command, {.bulk = 3}, words), 0u);
  EXPECT_EQ(scan_command(command, {.elements = 1}, words), 0u);
  EXPECT_GT(scan_command(command, {.bulk = 4, .elements = 2}, words), 0u);
}
