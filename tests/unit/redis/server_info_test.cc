#include "redis/server_info.h"

#include <gtest/gtest.h>

using redis::ServerInfo;
using redis::Version;

TEST(ServerInfo, ReadsVersions) {
  EXPECT_EQ(redis::parse_version("7.0.15"), (Version{7, 0, 15}));
  EXPECT_EQ(redis::parse_version("9.1"), (Version{9, 1, 0}));
  EXPECT_EQ(redis::parse_version("8.0.0-rc2"), (Version{8, 0, 0}));
  EXPECT_EQ(redis::parse_version("unstable"), Version{});
  EXPECT_EQ(redis::parse_version(""), Version{});
}

TEST(ServerInfo, OldRedisCantSetAPairAtOnce) {
  ServerInfo server;
  EXPECT_TRUE(server.sets_pairs_at_once()) << "one that doesn't say what it is";
  server.version = {6, 2, 14};
  EXPECT_FALSE(server.sets_pairs_at_once());
  EXPECT_TRUE(server.rereads_unchanged_paths());
  server.version = {7, 0, 0};
  EXPECT_TRUE(server.sets_pairs_at_once());
  EXPECT_FALSE(server.rereads_unchanged_paths());
  server.version = {7, 0, 15};
  EXPECT_TRUE(server.rereads_unchanged_paths());
  server.flavour = ServerInfo::Flavour::kValkey;
  server.version = {7, 0, 0};
  EXPECT_TRUE(server.rereads_unchanged_paths());
  EXPECT_EQ(server.name(), "Valkey 7.0.0");
}
