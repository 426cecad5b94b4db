#include "vault/messages.h"

#include <gtest/gtest.h>

#include "base/error.h"

using std::chrono::seconds;

TEST(VaultMessages, PutErrorsOnOneLine) {
  const std::string body =
      R"({"errors":["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n", "and\u001b[2J more"]})";
  EXPECT_EQ(vault::parse_refusal(403, body).to_string(),
            "permission denied, invalid token; and\\x1b[2J more (HTTP 403)");
}

TEST(VaultMessages, TakeARefusalThatIsEmptyOrNoJson) {
  EXPECT_EQ(vault::parse_refusal(404, R"({"errors":[]})").to_string(), "HTTP 404");
  EXPECT_EQ(vault::parse_refusal(502, "<html>Bad gateway</html>").to_string(), "HTTP 502");
  EXPECT_EQ(vault::parse_refusal(500, R"({"errors":"text"})").to_string(), "HTTP 500");
}

TEST(VaultMessages, TakeNullForAnEmptyList) {
  EXPECT_TRUE(vault::parse_warnings(R"({"warnings":null})").empty());
  const auto made = vault::parse_signed_certificate(R"({"data":{"certificate":"c","ca_chain":null}})");
  EXPECT_EQ(made.certificate, "c");
  EXPECT_TRUE(made.ca_chain.empty());
}

TEST(VaultMessages, ReadDurationsAsNumbersAndAsGoWritesThem) {
  const auto lease = [](const std::string& text) {
    return vault::parse_token(R"({"auth":{"client_token":"t","lease_duration":)" + text + "}}").lease;
  };
  EXPECT_EQ(lease("3600"), seconds(3600));
  EXPECT_EQ(lease(R"("768h")"), seconds(768 * 3600));
  EXPECT_EQ(lease("-1"), seconds(0));
  EXPECT_EQ(lease("18446744073709551615").count(), 1LL << 40);
}

TEST(VaultMessages, TakeARoleThatSaysLittleForOneThatAllows) {
  const auto role = vault::parse_role(R"({"data":{}})");
  EXPECT_TRUE(role.is_for_servers && role.is_for_clients && role.allows_ip_addresses);
  EXPECT_TRUE(role.takes_names_of_request && role.takes_common_name_of_request);
  EXPECT_TRUE(role.allows_uris);
}

TEST(VaultMessages, CountUsagesThatARoleNamesBesideItsFlags) {
  const auto role = vault::parse_role(
      R"({"data":{"server_flag":false,"client_flag":false,"ext_key_usage":["ServerAuth"]}})");
  EXPECT_TRUE(role.is_for_servers);
  EXPECT_FALSE(role.is_for_clients);
}

TEST(VaultMessages, RefuseWhatIsNoAnswer) {
  for (const char* body : {"", "[]", "{}", R"({"auth":null})", R"({"auth":{"client_token":""}})"}) {
    EXPECT_THROW(vault::parse_token(body), base::Error) << body;
  }
  EXPECT_THROW(vault::parse_signed_certificate(R"({"data":{"certificate":7}})"), base::Error);
  EXPECT_THROW(vault::parse_health("{}"), base::Error);
}
