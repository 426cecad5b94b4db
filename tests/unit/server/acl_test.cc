#include "server/acl.h"

#include <gtest/gtest.h>

#include "expect_error.h"
#include "server/command.h"

using base::ErrorKind;
using server::Acl;
using server::User;
using testing_support::expect_error;
using Verdict = server::Permissions::Verdict;

namespace {

User user_with(const std::vector<std::string>& rules) {
  User user("someone");
  user.apply_all(rules);
  return user;
}

Verdict verdict(const User& user, const std::vector<std::string_view>& words) {
  const server::Command* command = server::find_command(words.front());
  if (!command->subcommands.empty()) command = server::find_subcommand(*command, words[1]);
  std::string_view denied;
  return user.check(*command, words, denied);
}

}  // namespace

TEST(Acl, NewUserMayDoNothing) {
  const User user("new");
  EXPECT_FALSE(user.is_enabled());
  EXPECT_FALSE(user.needs_no_password());
  EXPECT_FALSE(user.password_fits(""));
  EXPECT_EQ(verdict(user, {"GET", "k"}), Verdict::kCommandDenied);
}

TEST(Acl, EachKeyOfACommandIsChecked) {
  const User user = user_with({"+@all", "~own:*"});
  EXPECT_EQ(verdict(user, {"MGET", "own:1", "own:2"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user, {"MGET", "own:1", "other"}), Verdict::kKeyDenied);
  EXPECT_EQ(verdict(user, {"ZUNION", "2", "own:1", "other"}), Verdict::kKeyDenied);
  EXPECT_EQ(verdict(user, {"MSET", "own:1", "other", "own:2", "other"}), Verdict::kAllowed);
}

TEST(Acl, ReadingAndWritingAreAllowedApart) {
  const User user = user_with({"+@all", "%R~from", "%W~to"});
  EXPECT_EQ(verdict(user, {"COPY", "from", "to"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user, {"COPY", "to", "from"}), Verdict::kKeyDenied);
  EXPECT_EQ(verdict(user, {"SET", "to", "v"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user, {"SET", "to", "v", "GET"}), Verdict::kKeyDenied);
}

TEST(Acl, SelectorAllowsOnlyAsAWhole) {
  const User user = user_with({"+get", "~a", "(+set", "~b)"});
  EXPECT_EQ(verdict(user, {"GET", "a"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user, {"SET", "b", "v"}), Verdict::kAllowed);
  EXPECT_NE(verdict(user, {"SET", "a", "v"}), Verdict::kAllowed);
  EXPECT_NE(verdict(user, {"GET", "b"}), Verdict::kAllowed);
}

TEST(Acl, SubcommandsAndFirstArguments) {
  EXPECT_EQ(verdict(user_with({"+config|get"}), {"CONFIG", "GET", "port"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user_with({"+config|get"}), {"CONFIG", "SET", "port", "1"}), Verdict::kCommandDenied);
  EXPECT_EQ(verdict(user_with({"+config", "-config|set"}), {"CONFIG", "SET", "port", "1"}),
            Verdict::kCommandDenied);
  EXPECT_EQ(verdict(user_with({"+select|0"}), {"SELECT", "0"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user_with({"+select|0"}), {"SELECT", "1"}), Verdict::kCommandDenied);
}

TEST(Acl, ChannelsArePatternsAndPatternsAreTakenAsTheyAre) {
  const User user = user_with({"+@all", "&news:*"});
  EXPECT_EQ(verdict(user, {"PUBLISH", "news:1", "m"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user, {"PSUBSCRIBE", "news:*"}), Verdict::kAllowed);
  EXPECT_EQ(verdict(user, {"PSUBSCRIBE", "news:1*"}), Verdict::kChannelDenied);
}

TEST(Acl, RefusedRuleChangesNothing) {
  Acl acl;
  acl.set_user("app", {"on", ">secret", "+get", "~*"});
  const std::string before = acl.find("app")->rules();
  expect_error(ErrorKind::kUsage, "Error in ACL SETUSER modifier '+nosuch'", [&] {
    acl.set_user("app", {"+set", "+nosuch"});
  });
  EXPECT_EQ(acl.find("app")->rules(), before);
  expect_error(ErrorKind::kUsage, "", [&] { acl.set_user("other", {"(+get"}); });
  EXPECT_EQ(acl.find("other"), nullptr);
}

TEST(Acl, TextOfUsersIsReadAgain) {
  Acl acl;
  acl.set_user("app", {"on", ">secret", "%R~a*", "~b", "&c", "+@read", "-get", "(+set", "~x)"});
  Acl again;
  again.load(acl.text(), "users.acl");
  EXPECT_EQ(again.text(), acl.text());
  EXPECT_TRUE(again.find("app")->password_fits("secret"));
  EXPECT_EQ(acl.text().find("secret"), std::string::npos);
}

TEST(Acl, LoadingReplacesAllUsersOrNone) {
  Acl acl;
  acl.set_user("old", {"on"});
  expect_error(ErrorKind::kUsage, "users.acl:2",
               [&] { acl.load("user new on\nuser worse +nosuch\n", "users.acl"); });
  EXPECT_NE(acl.find("old"), nullptr);
  EXPECT_EQ(acl.find("new"), nullptr);
  acl.load("user new on\n", "users.acl");
  EXPECT_EQ(acl.find("old"), nullptr);
  EXPECT_NE(acl.find("default"), nullptr);
}

TEST(Acl, DenialsOfTheSameKindAreOneEntry) {
  Acl acl;
  const server::Client client;
  const base::Time now{};
  for (int i = 0; i < 3; ++i) acl.log_denial({server::Denial::Reason::kKey, "k", "app"}, client, now);
  ASSERT_EQ(acl.denials().size(), 1u);
  EXPECT_EQ(acl.denials().front().count, 3u);
  for (int i = 0; i < 1000; ++i) {
    acl.log_denial({server::Denial::Reason::kKey, std::to_string(i), "app"}, client, now);
  }
  EXPECT_LE(acl.denials().size(), 128u);
  EXPECT_EQ(acl.denied(server::Denial::Reason::kKey), 1003u);
}
