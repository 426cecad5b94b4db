#include "vault/session.h"

#include <gtest/gtest.h>

#include "pki_fixture.h"
#include "vault/fake_vault.h"

using testing_support::FakePatience;
using testing_support::FakeVault;
using vault::AuthMethod;
using vault::Call;

namespace {

std::string login_answer(const std::string& token, int lease, bool renewable = true) {
  return R"({"auth":{"client_token":")" + token + R"(","lease_duration":)" + std::to_string(lease) +
         R"(,"renewable":)" + (renewable ? "true" : "false") + "}}";
}

struct VaultSession : testing::Test {
  vault::Login approle() {
    return {AuthMethod::kAppRole, "", "", "role-id", [] { return base::Secret(std::string("secret-id")); }};
  }
  vault::Client client() { return vault::Client(http, {{"https://a"}, "", 0}, patience); }

  const Call read{"GET", "pki/roles/r", "", true};
  FakeVault http;
  FakePatience patience;
  testing_support::FakeClock clock;
};

}  // namespace

TEST_F(VaultSession, LogsInOnceAndRevokesItsTokenAtTheEnd) {
  http.then(200, login_answer("t1", 3600));
  {
    vault::Session session(client(), approle(), clock);
    session.exchange(read);
    session.exchange(read);
  }
  EXPECT_EQ(http.requests, (std::vector<std::string>{
                               "POST https://a/v1/auth/approle/login", "GET https://a/v1/pki/roles/r",
                               "GET https://a/v1/pki/roles/r", "POST https://a/v1/auth/token/revoke-self"}));
  EXPECT_EQ(http.tokens, (std::vector<std::string>{"", "t1", "t1", "t1"}));
}

TEST_F(VaultSession, LeavesATokenThatWasGivenToIt) {
  {
    vault::Session(client(),
                   {AuthMethod::kToken, "", "", "", [] { return base::Secret(std::string("given")); }}, clock)
        .exchange(read);
  }
  EXPECT_EQ(http.tokens, (std::vector<std::string>{"given"}));
}

TEST_F(VaultSession, RenewsATokenThatIsNearItsEnd) {
  http.then(200, login_answer("t1", 100));
  vault::Session session(client(), approle(), clock);
  session.exchange(read);
  clock.advance(std::chrono::seconds(95));
  http.then(200, login_answer("t1", 100));
  session.exchange(read);
  EXPECT_EQ(http.requests[2], "POST https://a/v1/auth/token/renew-self");
  EXPECT_EQ(http.requests.size(), 4u);
}

TEST_F(VaultSession, LogsInAgainWhenItsTokenHasRunOutInTheMiddle) {
  http.then(200, login_answer("t1", 3600));
  http.then(200);
  vault::Session session(client(), approle(), clock);
  session.exchange(read);
  for (int i = 0; i < 3; ++i) http.then(403);  // the request, and its repeats
  for (int i = 0; i < 3; ++i) http.then(403);  // lookup-self
  http.then(200, login_answer("t2", 3600));
  session.exchange(read);
  EXPECT_EQ(http.tokens.back(), "t2");
}

TEST_F(VaultSession, TakesADenialForOneWhenItsTokenIsGood) {
  http.then(200, login_answer("t1", 3600));
  for (int i = 0; i < 3; ++i) http.then(403);
  vault::Session session(client(), approle(), clock);
  EXPECT_THROW(session.exchange(read), vault::Refusal);
  EXPECT_EQ(http.requests.back(), "GET https://a/v1/auth/token/lookup-self");
}

TEST_F(VaultSession, SendsNoSecretThatIsNone) {
  vault::Session session(
      client(), {AuthMethod::kToken, "", "", "", [] { return base::Secret(std::string("a\r\nx-evil: b")); }},
      clock);
  EXPECT_THROW(session.exchange(read), base::Error);
  EXPECT_TRUE(http.requests.empty());
}
