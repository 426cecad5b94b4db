#include "redis/topology.h"

#include <gtest/gtest.h>

using redis::Links;
using tls::HostPort;

namespace {

std::vector<std::string> nodes(std::string_view text) {
  std::vector<std::string> result;
  for (const HostPort& node : redis::parse_cluster_nodes(text)) result.push_back(node.to_string());
  return result;
}

}  // namespace

TEST(Topology, ReadsTheNodesOfAClusterButForTheOneThatAnswersAndThoseThatAreGone) {
  EXPECT_EQ(nodes("07c3 10.0.0.1:7001@17001,redis-1.example.com myself,master - 0 0 1 connected 0-5460\n"
                  "67ed 10.0.0.2:7002@17002,redis-2.example.com master - 0 1426 2 connected 5461-10922\n"
                  "292f 10.0.0.3:7003@17003 slave 67ed 0 1426 3 connected\n"
                  "6ec2 10.0.0.4:7004@17004 master,fail - 1426 1426 4 disconnected\n"
                  "824f :0@0 master,noaddr - 1426 1426 5 disconnected\n"
                  "e7d1 ::1:7006@17006,,shard-id=69bc slave,fail? 67ed 0 1426 6 connected\n"),
            (std::vector<std::string>{"redis-2.example.com:7002", "10.0.0.3:7003", "[::1]:7006"}));
}

TEST(Topology, LeavesOutLinesThatItCantRead) {
  EXPECT_EQ(nodes(""), std::vector<std::string>());
  EXPECT_EQ(nodes("\n \n  \nx\nx y\nx y z\nx :@ master\nx 10.0.0.1:99999@1 master\nx ?:7001@1 master"),
            std::vector<std::string>());
}

TEST(Topology, SaysWhichLinkIsWorseThanBefore) {
  const Links before{.to_master = true, .replicas = 2, .cluster = true, .failing_nodes = 1};
  EXPECT_EQ(redis::describe_loss(before, before), "");
  EXPECT_EQ(redis::describe_loss({}, before), "sees a node of its cluster fail");
  EXPECT_EQ(redis::describe_loss(before, {.to_master = true, .replicas = 3, .cluster = true}), "");
  EXPECT_EQ(redis::describe_loss(before, {}), "has lost the link to its master");
  EXPECT_EQ(redis::describe_loss(before, {.to_master = true, .replicas = 1}),
            "has 1 replicas online instead of 2");
  EXPECT_EQ(redis::describe_loss(before, {.to_master = true, .replicas = 2}),
            "its cluster_state is no more ok");
}
