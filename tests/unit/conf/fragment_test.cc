#include "conf/fragment.h"

#include <gtest/gtest.h>

#include "conf/config_file.h"

using conf::FragmentKind;

namespace {

const conf::FragmentOptions kOptions{.title = "x",
                                     .certificate = "/srv/my pki/tls.crt",
                                     .key = "/srv/my pki/tls.key",
                                     .roots = "/srv/ca.crt",
                                     .client_certificate = "/srv/dials.crt",
                                     .client_key = "/srv/dials.key",
                                     .port = 6380,
                                     .master_host = "redis-1",
                                     .master_port = 6379,
                                     .master_name = "mymaster",
                                     .quorum = 2};

std::string value(FragmentKind kind, const char* directive) {
  const auto words = conf::ConfigFile(conf::make_fragment(kind, kOptions)).find(directive);
  std::string text;
  for (const auto& word : words.value_or(std::vector<std::string>{}))
    text += (text.empty() ? "" : "|") + word;
  return text;
}

}  // namespace

TEST(Fragment, QuotesPathsAsRedisReadsThem) {
  EXPECT_EQ(value(FragmentKind::kServer, "tls-cert-file"), "/srv/my pki/tls.crt");
  EXPECT_EQ(value(FragmentKind::kServer, "port"), "0");
  EXPECT_EQ(value(FragmentKind::kServer, "tls-protocols"), "TLSv1.2 TLSv1.3");
}

TEST(Fragment, OnlyWhatDialsOthersHasAPairForIt) {
  EXPECT_EQ(value(FragmentKind::kServer, "tls-client-cert-file"), "");
  EXPECT_EQ(value(FragmentKind::kServer, "tls-replication"), "");
  for (const auto kind : {FragmentKind::kReplica, FragmentKind::kCluster, FragmentKind::kSentinel}) {
    EXPECT_EQ(value(kind, "tls-client-cert-file"), "/srv/dials.crt");
    EXPECT_EQ(value(kind, "tls-replication"), "yes");
  }
  EXPECT_EQ(value(FragmentKind::kReplica, "replicaof"), "redis-1|6379");
  EXPECT_EQ(value(FragmentKind::kCluster, "tls-cluster"), "yes");
  EXPECT_EQ(value(FragmentKind::kSentinel, "sentinel"), "monitor|mymaster|redis-1|6379|2");
}
