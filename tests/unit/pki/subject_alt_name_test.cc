#include "pki/subject_alt_name.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using Kind = pki::SubjectAltName::Kind;
using pki::parse_subject_alt_name;
using pki::SubjectAltName;

TEST(SubjectAltName, KindIsToldFromTheForm) {
  EXPECT_EQ(parse_subject_alt_name("Redis-1.Example.com"),
            (SubjectAltName{Kind::kDns, "redis-1.example.com"}));
  EXPECT_EQ(parse_subject_alt_name("*.example.com"), (SubjectAltName{Kind::kDns, "*.example.com"}));
  EXPECT_EQ(parse_subject_alt_name("10.0.1.50"), (SubjectAltName{Kind::kIp, "10.0.1.50"}));
  EXPECT_EQ(parse_subject_alt_name("[2001:DB8:0::1]"), (SubjectAltName{Kind::kIp, "2001:db8::1"}));
  EXPECT_EQ(parse_subject_alt_name("spiffe://example.org/redis"),
            (SubjectAltName{Kind::kUri, "spiffe://example.org/redis"}));
  EXPECT_EQ(parse_subject_alt_name("ops@example.com"), (SubjectAltName{Kind::kEmail, "ops@example.com"}));
}

TEST(SubjectAltName, PrefixOverridesTheForm) {
  EXPECT_EQ(parse_subject_alt_name("uri:urn:x"), (SubjectAltName{Kind::kUri, "urn:x"}));
  EXPECT_EQ(parse_subject_alt_name("DNS:redis"), (SubjectAltName{Kind::kDns, "redis"}));
  EXPECT_EQ(parse_subject_alt_name(to_string(SubjectAltName{Kind::kIp, "::1"})),
            (SubjectAltName{Kind::kIp, "::1"}));
}

TEST(SubjectAltName, InternationalNamesBecomeALabels) {
  EXPECT_EQ(parse_subject_alt_name("Bücher.example").value, "xn--bcher-kva.example");
  EXPECT_EQ(parse_subject_alt_name("*.straße.example").value, "*.xn--strae-oqa.example");
  EXPECT_EQ(parse_subject_alt_name("xn--bcher-kva.example").value, "xn--bcher-kva.example");
}

TEST(SubjectAltName, ListsKeepTheirOrderAndLoseRepetitions) {
  const auto names = pki::parse_subject_alt_names({"b,a", "a", "10.0.0.1"});
  ASSERT_EQ(names.size(), 3u);
  EXPECT_EQ(names[0].value, "b");
  EXPECT_EQ(names[2].value, "10.0.0.1");
}

TEST(SubjectAltName, RefusesWhatIsNone) {
  for (const char* text : {"", "a..b", "-a", "a-", "a b", "ip:localhost", "10.0.0.256", "uri:no-colon",
                           "email:@b", "a,b", "*.", "a.*.b", "\xff.example"}) {
    testing_support::expect_error(base::ErrorKind::kUsage, "for --san",
                                  [&] { parse_subject_alt_name(text); });
  }
}
