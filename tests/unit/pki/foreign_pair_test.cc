#include "pki/foreign_pair.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "expect_error.h"
#include "pki_fixture.h"

using base::ErrorKind;
using testing_support::expect_error;
using testing_support::PkiFixture;

namespace {

struct ForeignPair : testing::Test {
  void write(std::vector<pki::Certificate> certificates) const {
    base::write_file(certificate, to_pem(certificates), {.mode = 0644});
  }

  PkiFixture pki;
  pki::Lineage lineage = pki.lineage("redis-1", pki.settings(pki::Profile::kServer));
  pki::CertificateChain chain = lineage.chain(1);
  std::vector<pki::Certificate> roots = lineage.roots(1);
  std::filesystem::path certificate = pki.directory.path() / "fullchain.pem";
  std::filesystem::path key = lineage.paths().generation(1).key();
};

}  // namespace

TEST_F(ForeignPair, IsPutInOrderWithoutItsRoot) {
  auto all = chain;
  all.push_back(roots.front());
  std::reverse(all.begin(), all.end());
  write(all);
  const auto pair = pki::read_foreign_pair(certificate, key, roots);
  EXPECT_EQ(pair.chain, chain);
  EXPECT_EQ(pair.roots, roots);
}

TEST_F(ForeignPair, NeedsItsKeyAndItsWholeChain) {
  write(chain);
  const auto other = pki.lineage("other", pki.settings(pki::Profile::kServer));
  expect_error(ErrorKind::kInvalid, "is not the key of a certificate in",
               [&] { pki::read_foreign_pair(certificate, other.paths().generation(1).key(), roots); });
  expect_error(ErrorKind::kInvalid, "nothing here certifies",
               [&] { pki::read_foreign_pair(certificate, key, {}); });
  write({chain.front()});
  expect_error(ErrorKind::kInvalid, "add the intermediate",
               [&] { pki::read_foreign_pair(certificate, key, roots); });
}

TEST_F(ForeignPair, OfAServerStaysThatThoughItMayBeAClientToo) {
  EXPECT_EQ(pki::profile_of(chain.front()), pki::Profile::kServer);
  EXPECT_EQ(pki::profile_of(pki.lineage("p", pki.settings(pki::Profile::kPeer)).chain(1).front()),
            pki::Profile::kServer);
  EXPECT_EQ(pki::profile_of(pki.lineage("c", pki.settings(pki::Profile::kClient)).chain(1).front()),
            pki::Profile::kClient);
}
