#include "vault/client.h"

#include <gtest/gtest.h>

#include "vault/fake_vault.h"

using std::chrono::milliseconds;
using testing_support::FakePatience;
using testing_support::FakeVault;
using vault::Call;

namespace {

struct VaultClient : testing::Test {
  vault::Client make(std::vector<std::string> addresses = {"https://a:8200"}) {
    return vault::Client(http, {std::move(addresses), "", 2}, patience);
  }
  int status_of(vault::Client& client, const Call& call) {
    try {
      client.exchange(call, "t");
      return 200;
    } catch (const vault::Refusal& refusal) {
      return refusal.status;
    }
  }

  const Call read{"GET", "pki/roles/r", "", true};
  const Call sign{"POST", "pki/sign/r", "{}", false};
  FakeVault http;
  FakePatience patience;
};

}  // namespace

TEST_F(VaultClient, RepeatsWhatIsHarmlessAfterAnErrorOfTheServer) {
  http.then(500);
  http.then(502);
  http.then(200);
  auto client = make();
  EXPECT_EQ(status_of(client, read), 200);
  EXPECT_EQ(patience.waits, (std::vector{milliseconds(500), milliseconds(1000)}));
}

TEST_F(VaultClient, DoesNotRepeatWhatMayHaveBeenCarriedOut) {
  http.then(500);
  auto client = make();
  EXPECT_EQ(status_of(client, sign), 500);
  EXPECT_EQ(http.requests.size(), 1u);

  http.then_fail(true);
  EXPECT_THROW(client.exchange(sign, "t"), base::Error);
  EXPECT_EQ(http.requests.size(), 2u);
}

TEST_F(VaultClient, RepeatsWhatWasNeverSent) {
  http.then_fail(false);
  http.then(200);
  auto client = make();
  EXPECT_EQ(status_of(client, sign), 200);
}

TEST_F(VaultClient, RepeatsWhatIsRefusedBeforeItIsCarriedOut) {
  for (const int status : {412, 429, 472, 473, 503}) {
    http.then(status);
    http.then(200);
    auto client = make();
    EXPECT_EQ(status_of(client, sign), 200) << status;
  }
}

TEST_F(VaultClient, RepeatsADenialALittle) {
  http.then(403);
  http.then(200);
  auto client = make();
  EXPECT_EQ(status_of(client, sign), 200) << "a replica that lagged behind";
  for (int i = 0; i < 5; ++i) http.then(403);
  EXPECT_EQ(status_of(client, sign), 403);
  EXPECT_EQ(http.requests.size(), 2u + 3u);
}

TEST_F(VaultClient, WaitsAsLongAsItIsTold) {
  http.then(429, "{}", {{"retry-after", "7"}});
  http.then(429, "{}", {{"retry-after", "86400"}});
  http.then(200);
  auto client = make();
  EXPECT_EQ(status_of(client, read), 200);
  EXPECT_EQ(patience.waits, (std::vector{milliseconds(7000), milliseconds(30000)}));
}

TEST_F(VaultClient, StaysWithTheAddressThatWorks) {
  http.then_fail(false);
  http.then(200);
  http.then(200);
  auto client = make({"https://a:8200", "https://b:8200/"});
  client.exchange(read, "t");
  client.exchange(read, "t");
  EXPECT_EQ(http.requests, (std::vector<std::string>{"GET https://a:8200/v1/pki/roles/r",
                                                     "GET https://b:8200/v1/pki/roles/r",
                                                     "GET https://b:8200/v1/pki/roles/r"}));
  EXPECT_TRUE(patience.waits.empty());
}

TEST_F(VaultClient, PassesOverAServerThatIsSealed) {
  http.then(503, R"({"errors":["Vault is sealed"]})");
  http.then(200);
  auto client = make({"https://a:8200", "https://b:8200"});
  EXPECT_EQ(status_of(client, sign), 200);
  EXPECT_EQ(client.address(), "https://b:8200");
}

TEST_F(VaultClient, FollowsAStandbyToTheActiveServerOnly) {
  http.then(307, "", {{"location", "https://b:8200/v1/pki/sign/r"}});
  http.then(200);
  auto client = make();
  EXPECT_EQ(status_of(client, sign), 200);
  EXPECT_EQ(http.requests.back(), "POST https://b:8200/v1/pki/sign/r");

  http.then(307, "", {{"location", "http://b:8200/v1/pki/sign/r"}});
  EXPECT_THROW(client.exchange(sign, "t"), base::Error) << "the token must not go out in the clear";
  EXPECT_EQ(http.requests.size(), 3u);
}
