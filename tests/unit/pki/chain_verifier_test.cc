#include "pki/chain_verifier.h"

#include <gtest/gtest.h>

#include "pki_fixture.h"

using pki::Profile;
using testing_support::PkiFixture;

namespace {

std::vector<std::string> codes(const pki::Findings& findings) {
  std::vector<std::string> result;
  for (const auto& finding : findings) result.push_back(finding.code);
  return result;
}

using Codes = std::vector<std::string>;

}  // namespace

TEST(ChainVerifier, FindsNothingWrongWithAGoodChain) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(Profile::kPeer, {"*.example.com", "10.0.0.1", "::1"}));
  for (const char* host : {"redis.example.com", "10.0.0.1", "::1"}) {
    const auto findings = pki::verify_chain(lineage.chain(1), lineage.roots(1),
                                            {.purpose = Profile::kPeer, .host = host, .at = pki.clock.now()});
    EXPECT_EQ(codes(findings), Codes{}) << host;
  }
}

TEST(ChainVerifier, NamesFollowRfc9525) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(Profile::kServer, {"*.example.com", "10.0.0.1"}));
  for (const char* host :
       {"example.com", "a.b.example.com", "test", "10.0.0.2", "10.0.0.1.example.com.evil"}) {
    const auto findings = pki::verify_chain(lineage.chain(1), lineage.roots(1),
                                            {.purpose = {}, .host = host, .at = pki.clock.now()});
    EXPECT_EQ(codes(findings), Codes{"name_mismatch"}) << host;
  }
}

TEST(ChainVerifier, SaysWhatIsExpiredAndWhatIsNotYetValid) {
  PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(Profile::kServer));
  const auto at = [&](std::chrono::seconds later) {
    return codes(pki::verify_chain(lineage.chain(1), lineage.roots(1),
                                   {.purpose = Profile::kServer, .host = {}, .at = pki.clock.now() + later}));
  };
  EXPECT_EQ(at(std::chrono::days(89)), Codes{});
  EXPECT_EQ(at(std::chrono::days(91)), Codes{"expired"});
  EXPECT_EQ(at(std::chrono::days(-1)), (Codes{"not_yet_valid", "not_yet_valid", "not_yet_valid"}));
}

TEST(ChainVerifier, SaysWhenTheUsageDoesNotFit) {
  const PkiFixture pki;
  const auto server = pki.lineage("s", pki.settings(Profile::kServer));
  const auto verify = [&](Profile purpose) {
    return codes(pki::verify_chain(server.chain(1), server.roots(1),
                                   {.purpose = purpose, .host = {}, .at = pki.clock.now()}));
  };
  EXPECT_EQ(verify(Profile::kServer), Codes{});
  EXPECT_EQ(verify(Profile::kClient), Codes{"wrong_purpose"});
  EXPECT_EQ(verify(Profile::kPeer), Codes{"wrong_purpose"});
}

TEST(ChainVerifier, SaysWhenTheCaIsAnother) {
  const PkiFixture pki;
  const PkiFixture other;
  const auto lineage = pki.lineage("s", pki.settings(Profile::kServer));
  const auto verify = [&](const pki::CertificateChain& chain, const std::vector<pki::Certificate>& roots) {
    return codes(
        pki::verify_chain(chain, roots, {.purpose = Profile::kServer, .host = {}, .at = pki.clock.now()}));
  };
  EXPECT_EQ(verify(lineage.chain(1), pki::Authority::open(other.home, {}).roots()), Codes{"unknown_ca"});
  EXPECT_EQ(verify({lineage.chain(1).front()}, lineage.roots(1)), Codes{"unknown_ca"});
  EXPECT_EQ(verify(lineage.chain(1), {}), Codes{"unknown_ca"});
  EXPECT_EQ(verify({}, lineage.roots(1)), Codes{"invalid"});
}

TEST(ChainVerifier, PairMustMatchAndChainBeInOrder) {
  const PkiFixture pki;
  const auto lineage = pki.lineage("s", pki.settings(Profile::kServer));
  auto chain = lineage.chain(1);
  EXPECT_EQ(codes(pki::verify_pair(chain, lineage.key(1))), Codes{});
  EXPECT_EQ(codes(pki::verify_pair(chain, pki::PrivateKey::generate(pki::KeyType::kRsa2048))),
            Codes{"key_mismatch"});
  std::swap(chain[0], chain[1]);
  EXPECT_EQ(codes(pki::verify_pair(chain, lineage.key(1))), (Codes{"key_mismatch", "chain_order"}));
}
