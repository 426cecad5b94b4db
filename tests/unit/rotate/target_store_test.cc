#include "rotate/target_store.h"

#include <gtest/gtest.h>

#include "temporary_directory.h"

using rotate::TargetStore;

TEST(TargetStore, RemembersTargetsAndTheirState) {
  const testing_support::TemporaryDirectory directory;
  const auto path = directory.path() / "targets.json";
  TargetStore store(path);
  EXPECT_TRUE(store.states().empty());
  rotate::Target target;
  target.address = "localhost:6380";
  target.password_source = "env:PASS";
  target.client_lineage = "app";
  target.timeout = std::chrono::milliseconds(1500);
  store.remember(target);
  store.find("localhost:6380")->deployed = 3;
  store.find("localhost:6380")->last_error = "refused";
  store.find("localhost:6380")->mark = {"run", 17};
  store.withdraw(4);
  store.save();

  TargetStore again(path);
  ASSERT_EQ(again.states().size(), 1u);
  EXPECT_EQ(again.states()[0].target.password_source, "env:PASS");
  EXPECT_EQ(again.states()[0].target.client_lineage, "app");
  EXPECT_EQ(again.states()[0].target.timeout, std::chrono::milliseconds(1500));
  EXPECT_EQ(again.states()[0].deployed, 3);
  EXPECT_EQ(again.states()[0].last_error, "refused");
  EXPECT_EQ(again.states()[0].mark, (rotate::Mark{"run", 17}));
  EXPECT_EQ(again.withdrawn(), 4);
  EXPECT_TRUE(again.forget("localhost:6380"));
  EXPECT_FALSE(again.forget("localhost:6380"));
  EXPECT_TRUE(again.states().empty());
}

TEST(TargetStore, RememberingAgainKeepsTheState) {
  const testing_support::TemporaryDirectory directory;
  TargetStore store(directory.path() / "targets.json");
  store.remember({.address = "a:1"});
  store.find("a:1")->verified = 2;
  store.remember({.address = "a:1", .user = "admin"});
  ASSERT_EQ(store.states().size(), 1u);
  EXPECT_EQ(store.states()[0].verified, 2);
  EXPECT_EQ(store.states()[0].target.user, "admin");
  EXPECT_EQ(store.find("b:1"), nullptr);
}
