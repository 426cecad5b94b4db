#include "check/scan.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/base64.h"
#include "base/file.h"
#include "pki/chain_verifier.h"
#include "pki_fixture.h"

using check::State;
using check::Verdict;
using testing_support::PkiFixture;
namespace fs = std::filesystem;

namespace {

struct Scanned {
  std::vector<Verdict> verdicts;
  check::Tally tally;

  std::vector<std::string> sources() const {
    std::vector<std::string> sources;
    for (const Verdict& verdict : verdicts) sources.push_back(fs::path(verdict.source).filename());
    return sources;
  }
};

class Scan : public testing::Test {
 protected:
  Scan() { fs::create_directories(tls); }

  Scanned scan(const std::vector<std::string>& targets) const {
    Scanned result;
    check::ScanOptions options;
    options.files.now = pki.clock.now();
    options.thresholds = [](const std::string&) { return check::Thresholds(); };
    options.endpoint = [](const std::string&, bool) {
      check::Endpoint endpoint;
      endpoint.timeout = std::chrono::milliseconds(500);
      return endpoint;
    };
    check::Scan it(pki.home, std::move(options), pki.clock,
                   [&](const Verdict& verdict) { result.verdicts.push_back(verdict); });
    result.tally = it.run(targets);
    return result;
  }

  pki::CertificateChain chain(const std::string& name) const {
    return pki.lineage(name, pki.settings(pki::Profile::kServer)).chain(1);
  }

  void write(const fs::path& name, std::string_view bytes, mode_t mode = 0644) const {
    fs::create_directories((tls / name).parent_path());
    base::write_file(tls / name, bytes, {.mode = mode});
  }

  PkiFixture pki;
  const fs::path tls = pki.directory.path() / "tls";
};

std::vector<std::string> codes(const Verdict& verdict) {
  std::vector<std::string> codes;
  for (const auto& finding : verdict.findings) codes.push_back(finding.code);
  return codes;
}

constexpr const char* kGarbage = "-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n";

}  // namespace

TEST_F(Scan, LineageShowsItsCurrentGeneration) {
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki.issue(lineage);
  const auto seen = scan({"redis-1"});
  ASSERT_EQ(seen.verdicts.size(), 1u);
  EXPECT_EQ(seen.verdicts[0].source, "lineage redis-1");
  EXPECT_EQ(seen.verdicts[0].elements.front().sha256, lineage.chain(1).front().sha256());
  EXPECT_TRUE(seen.verdicts[0].findings.empty());
}

TEST_F(Scan, LineageWithAForeignKeyIsFound) {
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  base::write_file(lineage.paths().generation(1).key(),
                   pki::PrivateKey::generate(pki::KeyType::kEcP256).to_pem().bytes(), {.mode = 0600});
  EXPECT_EQ(codes(scan({"redis-1"}).verdicts.at(0)), std::vector<std::string>{"key_mismatch"});
}

TEST_F(Scan, HomeShowsOnlyWhatIsCurrent) {
  const auto lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki.issue(lineage);
  const std::vector<std::string> expected = {"root.crt", "issuing.crt", "clients.crt", "lineage redis-1"};
  EXPECT_EQ(scan({pki.home.root()}).sources(), expected);
  EXPECT_EQ(scan({pki.directory.path().native()}).sources(), expected) << "a home below a directory";
}

TEST_F(Scan, FoldersThatAreNamedAsAHomesAreNone) {
  write("ca/root.crt", pki::to_pem(chain("a")));
  write("certs/server.crt", pki::to_pem(chain("b")));
  EXPECT_EQ(scan({tls}).sources(), (std::vector<std::string>{"root.crt", "server.crt"}));
}

TEST_F(Scan, WhatIsTooLargeIsToldAndIsNoCertificate) {
  write("dump.rdb", "x");
  fs::resize_file(tls / "dump.rdb", base::kLargestFile + 1);
  const auto seen = scan({tls}).verdicts;
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(codes(seen[0]), std::vector<std::string>{"unread"});
  EXPECT_EQ(seen[1].state, State::kUnknown);
}

TEST_F(Scan, DirectoriesAreSearchedForCertificatesAndUnreadableOnesReported) {
  write("deep/a.pem", pki::to_pem(chain("s")));
  write("b.txt", "no certificate");
  write("c.crt", kGarbage);
  write("d.log", kGarbage);
  write("e.crt", "");
  fs::create_symlink("nowhere", tls / "f.crt");
  const auto seen = scan({tls});
  EXPECT_EQ(seen.sources(), (std::vector<std::string>{"c.crt", "d.log", "a.pem", "e.crt", "f.crt"}));
  EXPECT_EQ(seen.tally.of_state, (std::array<size_t, 4>{1, 0, 0, 4}));
  EXPECT_EQ(seen.tally.state, State::kUnknown);
}

TEST_F(Scan, LoopsOfLinksEndAndKubernetesMountsAreSeenOnce) {
  write("..2026/tls.crt", pki::to_pem(chain("s")));
  fs::create_symlink("..2026", tls / "..data");
  fs::create_symlink("..data/tls.crt", tls / "tls.crt");
  fs::create_directory_symlink(tls, tls / "loop");
  const auto seen = scan({tls});
  EXPECT_EQ(seen.sources(), std::vector<std::string>{"tls.crt"});
  EXPECT_EQ(seen.tally.left_out.size(), 2u);
}

TEST_F(Scan, OfCertbotOnlyWhatIsLiveCounts) {
  write("archive/a/cert1.pem", pki::to_pem(chain("old")));
  write("archive/a/cert2.pem", pki::to_pem(chain("new")));
  write("renewal/a.conf", "x");
  fs::create_directories(tls / "live/a");
  fs::create_symlink("../../archive/a/cert2.pem", tls / "live/a/cert.pem");
  EXPECT_EQ(scan({tls}).sources(), std::vector<std::string>{"cert.pem"});
}

TEST_F(Scan, KeysBesideAreComparedAndTheirAccessIsJudged) {
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const auto own = lineage.key(1).to_pem();
  const auto other = pki::PrivateKey::generate(pki::KeyType::kEcP256).to_pem();
  const std::string pem = pki::to_pem(lineage.chain(1));
  write("good.crt", pem);
  write("good.key", own.bytes(), 0600);
  write("wrong.crt", pem);
  write("wrong.key", other.bytes(), 0640);
  write("open-cert.pem", pem);
  write("open-key.pem", own.bytes(), 0644);
  write("one.pem", pem + std::string(own.bytes()), 0600);
  write("two.pem", pem + std::string(other.bytes()), 0600);
  const auto seen = scan({tls}).verdicts;
  ASSERT_EQ(seen.size(), 6u);
  EXPECT_EQ(codes(seen[0]), std::vector<std::string>{}) << seen[0].source;
  EXPECT_EQ(codes(seen[1]), std::vector<std::string>{}) << seen[1].source;
  EXPECT_EQ(codes(seen[2]), std::vector<std::string>{}) << seen[2].source;
  EXPECT_EQ(codes(seen[3]), std::vector<std::string>{"key_exposed"}) << seen[3].source;
  EXPECT_EQ(codes(seen[4]), std::vector<std::string>{"key_mismatch"}) << seen[4].source;
  EXPECT_EQ(codes(seen[5]), std::vector<std::string>{"key_mismatch"}) << seen[5].source;
}

TEST_F(Scan, OrderOfAChainIsJudged) {
  const auto good = chain("s");
  const auto stranger = PkiFixture().lineage("x", pki.settings(pki::Profile::kServer)).chain(1);
  write("a.pem", pki::to_pem({good[1], good[0]}));
  write("b.pem", pki::to_pem({good[0], stranger[1]}));
  write("c.pem", pki::to_pem(good));
  write("d.pem", pki::to_pem({good[1], stranger[1]}));
  const auto seen = scan({tls}).verdicts;
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(codes(seen[0]), std::vector<std::string>{"chain_order"});
  EXPECT_EQ(codes(seen[1]), std::vector<std::string>{"chain_order"});
  EXPECT_EQ(codes(seen[2]), std::vector<std::string>{});
  EXPECT_EQ(codes(seen[3]), std::vector<std::string>{}) << "a bundle of CAs";
}

TEST_F(Scan, GlobsMatchFilesAndTellWhenThereIsNone) {
  write("a.pem", pki::to_pem(chain("a")));
  write("b.pem", pki::to_pem(chain("b")));
  write("c.crt", pki::to_pem(chain("c")));
  EXPECT_EQ(scan({tls.native() + "/*.pem"}).sources(), (std::vector<std::string>{"a.pem", "b.pem"}));
  EXPECT_EQ(scan({tls.native() + "/*.der"}).tally.state, State::kUnknown);
}

TEST_F(Scan, KubernetesSecretsAreReadFromYamlAndJson) {
  const auto lineage = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const std::string pem = pki::to_pem(lineage.chain(1));
  std::string lines;
  for (const char c : pem) lines += c == '\n' ? std::string("\n    ") : std::string(1, c);
  write("a.yaml",
        "apiVersion: v1\nkind: ConfigMap\n---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: "
        "a\nstringData:\n  tls.crt: |\n    " +
            lines + "\n");
  const auto json_of = [&](const std::string& certificate) {
    return R"({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "Secret", "metadata":
              {"name": "b", "namespace": "n"}, "data": {"tls.crt": ")" +
           certificate + "\"}}]}";
  };
  write("aa.json", json_of(base::to_base64(pem)));
  write("b.json", json_of("!!!"));
  write("c.yaml", "apiVersion: v1\nkind: Secret\ndata: {tls.crt: \"\"}\n");
  write("d.yaml", "apiVersion: v1\nkind: Deployment\n");
  write("e.yaml", "apiVersion: v1\nkind: Secret\n  bad: [\n");
  const auto seen = scan({tls}).verdicts;
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen[0].state, State::kOk) << seen[0].failure;
  EXPECT_EQ(seen[1].state, State::kOk) << seen[1].failure;
  EXPECT_NE(seen[1].source.find("aa.json (n/b tls.crt)"), std::string::npos) << seen[1].source;
  for (size_t i = 2; i < seen.size(); ++i) EXPECT_EQ(seen[i].state, State::kUnknown) << seen[i].source;
}

TEST_F(Scan, RedisConfsFilesAreJudgedForWhatRedisDoesWithThem) {
  const auto server = pki.lineage("s", pki.settings(pki::Profile::kServer));
  const auto peer = pki.lineage("p", pki.settings(pki::Profile::kPeer));
  const auto conf_of = [](const pki::Lineage& lineage, const std::string& more) {
    const auto files = lineage.paths().current_files();
    return "tls-cert-file \"" + files.certificate().native() + "\"\ntls-key-file " + files.key().native() +
           "\ntls-ca-cert-file " + files.roots().native() + "\n" + more;
  };
  write("good.conf", conf_of(server, ""));
  write("replica.conf", conf_of(server, "tls-replication yes\n"));
  write("peer.conf", conf_of(peer, "TLS-CLUSTER yes\n"));
  write("gone.conf", conf_of(peer, "tls-key-file /no/such.key\n"));
  write("outer.conf", "include replica.conf\nport 0\ntls-cert-file other.crt\n");
  write("loop.conf", "include loop.conf\ntls-ca-cert-file loop.conf\n");
  write("bomb.conf", "include bomb.conf\ninclude bomb.conf\ninclude bomb.conf\ntls-ca-cert-file x\n");
  const auto states = [&](const char* name) { return scan({(tls / name).native()}).tally.state; };
  write("locked.key", server.key(1).to_pem(base::Secret(std::string_view("secret"))).bytes(), 0600);
  const std::string locked = conf_of(server, "tls-key-file " + (tls / "locked.key").native() + "\n");
  write("locked.conf", locked + "tls-key-file-pass secret\n");
  write("wrong.conf", locked + "tls-key-file-pass wrong\n");
  EXPECT_EQ(states("locked.conf"), State::kOk);
  EXPECT_EQ(states("wrong.conf"), State::kCritical);
  EXPECT_EQ(states("good.conf"), State::kOk);
  EXPECT_EQ(states("replica.conf"), State::kCritical);
  EXPECT_EQ(states("peer.conf"), State::kOk);
  EXPECT_EQ(states("gone.conf"), State::kCritical);
  EXPECT_EQ(states("outer.conf"), State::kUnknown);
  EXPECT_EQ(states("loop.conf"), State::kUnknown);
  EXPECT_EQ(states("bomb.conf"), State::kUnknown) << "three to the sixteenth includes";
}

TEST_F(Scan, SerialsThatACaGaveTwiceAreTold) {
  const auto first = chain("s").front();
  write("a.pem", first.to_pem());
  write("b.pem", first.to_pem());
  EXPECT_EQ(scan({tls}).tally.state, State::kOk) << "the same certificate twice";
}

TEST_F(Scan, CrlsAreJudgedByTheirAge) {
  pki::LocalIssuer issuer(pki.home, {}, pki.clock);
  const auto crl = issuer.make_crl(std::chrono::days(8));
  write("crl.pem", crl.to_pem());
  EXPECT_EQ(scan({tls}).tally.state, State::kOk);
  pki.clock.advance(std::chrono::days(7));
  EXPECT_EQ(codes(scan({tls}).verdicts.at(0)), std::vector<std::string>{"crl_ends_soon"});
  pki.clock.advance(std::chrono::days(2));
  EXPECT_EQ(codes(scan({tls}).verdicts.at(0)), std::vector<std::string>{"crl_expired"});
}

TEST_F(Scan, NothingIsOkWithoutACertificate) {
  for (const std::string& target :
       {tls.native(), std::string("/no/such/file"), std::string("no-such-lineage"),
        std::string("unix:/no/socket"), std::string("127.0.0.1:1"), std::string("redis://127.0.0.1:1"),
        std::string("https://[")}) {
    const auto seen = scan({target});
    ASSERT_EQ(seen.verdicts.size(), 1u) << target;
    EXPECT_NE(seen.verdicts[0].failure, "") << target;
    EXPECT_EQ(seen.tally.state, State::kUnknown);
  }
}
