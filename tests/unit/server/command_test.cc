#include "server/command.h"

#include <gtest/gtest.h>

namespace {

std::vector<std::string_view> keys_of(const std::vector<std::string_view>& words) {
  std::vector<std::string_view> keys;
  for (const auto& use : server::key_uses(*server::find_command(words.front()), words))
    keys.push_back(use.key);
  return keys;
}

using Keys = std::vector<std::string_view>;

}  // namespace

TEST(Command, IsFoundInAnyCase) {
  EXPECT_EQ(server::find_command("gEt"), server::find_command("GET"));
  EXPECT_EQ(server::find_command("GETX"), nullptr);
  EXPECT_EQ(server::find_command(""), nullptr);
}

TEST(Command, NamesItsKeys) {
  EXPECT_EQ(keys_of({"GET", "a"}), (Keys{"a"}));
  EXPECT_EQ(keys_of({"MSET", "a", "1", "b", "2"}), (Keys{"a", "b"}));
  EXPECT_EQ(keys_of({"BLPOP", "a", "b", "0"}), (Keys{"a", "b"}));
  EXPECT_EQ(keys_of({"ZUNIONSTORE", "to", "2", "a", "b", "WEIGHTS", "1", "2"}), (Keys{"to", "a", "b"}));
  EXPECT_EQ(keys_of({"PING", "a"}), Keys{});
}

TEST(Command, KeysThatAreCountedWronglyAreNotRead) {
  EXPECT_EQ(keys_of({"ZUNION", "9223372036854775807", "a", "b"}), (Keys{"a", "b"}));
  EXPECT_EQ(keys_of({"ZUNION", "-1", "a"}), Keys{});
  EXPECT_EQ(keys_of({"ZUNION", "x", "a"}), Keys{});
  EXPECT_EQ(keys_of({"ZUNION"}), Keys{});
  EXPECT_EQ(keys_of({"BLMPOP", "0", "2"}), Keys{});
}
