#include "acme/messages.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using testing_support::expect_error;

TEST(AcmeMessages, IgnoreWhatTheyDontKnow) {
  const auto authorization = acme::parse_authorization(
      R"({"status":"pending","identifier":{"type":"dns","value":"a.example"},"extra":[],"challenges":
          [{"type":"dns-persist-01","issuer-domain-names":["x"]},{"type":"http-01","url":"u","token":"t","status":"pending"},7]})");
  ASSERT_EQ(authorization.challenges.size(), 2u);
  EXPECT_EQ(authorization.challenges[0].token, "");
  EXPECT_EQ(authorization.challenges[1].type, "http-01");
}

TEST(AcmeMessages, RefuseWhatIsNotOfTheForm) {
  for (const char* body :
       {"", "[]", "{", "{\"status\":7}", "{\"status\":\"pending\",\"finalize\":\"file:///etc/passwd\"}"}) {
    expect_error(base::ErrorKind::kInvalid, "not understood", [&] { acme::parse_order(body); });
    expect_error(base::ErrorKind::kInvalid, "not understood", [&] { acme::parse_directory(body); });
    expect_error(base::ErrorKind::kInvalid, "not understood", [&] { acme::parse_authorization(body); });
  }
}

TEST(AcmeMessages, ProblemsAreShownInFull) {
  const auto problem =
      acme::parse_problem(400, R"({"type":"urn:ietf:params:acme:error:compound","detail":"several",
      "subproblems":[{"type":"urn:ietf:params:acme:error:dns","detail":"none","identifier":{"type":"dns","value":"a"}}]})");
  EXPECT_EQ(problem.to_string(), "compound: several; a: dns: none");
  EXPECT_EQ(acme::parse_problem(502, "<html>").to_string(), "status 502");
}

TEST(AcmeMessages, RetryAfterIsSecondsOrADate) {
  const base::Time now(std::chrono::seconds(1'792'567'000));  // 2026-10-21T07:16:40Z
  EXPECT_EQ(acme::parse_retry_after("3", now), now + std::chrono::seconds(3));
  EXPECT_EQ(acme::parse_retry_after("Wed, 21 Oct 2026 07:28:00 GMT", now),
            base::Time(std::chrono::seconds(1'792'567'680)));
  EXPECT_EQ(acme::parse_retry_after("Wed, 21 Oct 2020 07:28:00 GMT", now), now);
  EXPECT_EQ(acme::parse_retry_after("99999999999999999999", now), now + std::chrono::days(1));
  for (const char* value : {"", "-1", "soon", "3s"})
    EXPECT_EQ(acme::parse_retry_after(value, now), std::nullopt) << value;
}

TEST(AcmeMessages, LinksAreFoundByTheirRelation) {
  const char* header =
      R"(<https://a/dir>;rel="index", <https://a/1>;rel="alternate",<https://a/2>; rel=alternate)";
  EXPECT_EQ(acme::parse_links(header, "alternate"), (std::vector<std::string>{"https://a/1", "https://a/2"}));
  EXPECT_TRUE(acme::parse_links("<<<>;rel", "alternate").empty());
}

TEST(AcmeMessages, RenewalWindowsMustHaveAnExtent) {
  const auto info = acme::parse_renewal_info(
      R"({"suggestedWindow":{"start":"2026-01-01T00:00:00.123Z","end":"2026-01-02T00:00:00+00:00"}})");
  EXPECT_EQ(info.end - info.start, std::chrono::days(1));
  expect_error(base::ErrorKind::kInvalid, "ends before it starts", [] {
    acme::parse_renewal_info(
        R"({"suggestedWindow":{"start":"2026-01-02T00:00:00Z","end":"2026-01-01T00:00:00Z"}})");
  });
}
