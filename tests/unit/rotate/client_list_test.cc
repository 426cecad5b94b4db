#include "rotate/client_list.h"

#include <gtest/gtest.h>

TEST(ClientList, ReadsWhatDecidesAboutAConnection) {
  const auto clients = rotate::parse_client_list(
      "id=3 addr=127.0.0.1:50001 laddr=127.0.0.1:6380 fd=8 name=app age=2 idle=0 flags=N user=web qbuf=0 "
      "obl=0 oll=0 "
      "omem=0 cmd=get\n"
      "id=4 addr=10.0.0.2:50002 laddr=10.0.0.1:6379 fd=9 flags=S qbuf=0 obl=0 oll=0 omem=0\n"
      "id=5 addr=[::1]:50003 laddr=[::1]:6380 flags=N qbuf=12 obl=0 oll=0 omem=0\n"
      "id=6 addr=[::1]:50003 flags=M qbuf=0 oll=2\n");
  ASSERT_EQ(clients.size(), 4u);
  EXPECT_EQ(clients[0].id, 3u);
  EXPECT_EQ(clients[0].local_port, 6380);
  EXPECT_EQ(clients[0].address, "127.0.0.1:50001");
  EXPECT_EQ(clients[0].name, "app");
  EXPECT_EQ(clients[0].user, "web");
  EXPECT_EQ(clients[0].age, std::chrono::seconds(2));
  EXPECT_FALSE(clients[0].is_link);
  EXPECT_FALSE(clients[0].is_busy);
  EXPECT_TRUE(clients[1].is_link);
  EXPECT_EQ(clients[2].local_port, 6380);
  EXPECT_TRUE(clients[2].is_busy);
  EXPECT_EQ(clients[3].local_port, 0);
  EXPECT_TRUE(clients[3].is_link);
  EXPECT_TRUE(clients[3].is_busy);
}

TEST(ClientList, SurvivesWhatIsNoList) {
  EXPECT_TRUE(rotate::parse_client_list("").empty());
  EXPECT_EQ(rotate::parse_client_list("\n\nid=\nid=x laddr=: flags\n=\n").size(), 3u);
}
