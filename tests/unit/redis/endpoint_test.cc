#include "redis/endpoint.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using Channel = redis::Endpoint::Channel;

TEST(Endpoint, ReadsEveryForm) {
  const auto plain = redis::parse_endpoint("localhost:6380");
  EXPECT_EQ(plain.channel, Channel::kTls);
  EXPECT_EQ(plain.address.host, "localhost");
  EXPECT_EQ(plain.address.port, 6380);
  EXPECT_EQ(redis::parse_endpoint("[::1]:6380").address.host, "::1");
  const auto url = redis::parse_endpoint("rediss://app@redis.example.com:6390/");
  EXPECT_EQ(url.channel, Channel::kTls);
  EXPECT_EQ(url.user, "app");
  EXPECT_EQ(url.address.port, 6390);
  EXPECT_EQ(redis::parse_endpoint("rediss://h").address.port, 6379);
  EXPECT_EQ(redis::parse_endpoint("redis://h:1").channel, Channel::kPlain);
  EXPECT_EQ(redis::parse_endpoint("unix:/run/redis.sock").unix_path, "/run/redis.sock");
}

TEST(Endpoint, IsWrittenSoThatItCanBeReadAgain) {
  for (const char* text :
       {"localhost:6380", "[::1]:6380", "rediss://app@h:1", "redis://h:1", "unix:/run/redis.sock"}) {
    EXPECT_EQ(redis::parse_endpoint(text).to_string(), text);
  }
}

TEST(Endpoint, RefusesWhatIsNone) {
  for (const char* text :
       {"", "localhost", "localhost:", "localhost:0", "localhost:65536", ":6380", "::1:6380", "a b:1"}) {
    testing_support::expect_error(base::ErrorKind::kUsage, "is no address",
                                  [&] { redis::parse_endpoint(text); });
  }
}

TEST(Endpoint, RefusesAPasswordThatOthersCouldSee) {
  try {
    redis::parse_endpoint("rediss://app:hunter2@h:1");
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
  }
}
