#include "pki/sealed_file.h"

#include <gtest/gtest.h>

#include "expect_error.h"

using base::ErrorKind;
using base::Secret;
using testing_support::expect_error;

namespace {

const Secret& passphrase() {
  static const Secret secret(std::string_view("correct horse"));
  return secret;
}

}  // namespace

TEST(SealedFile, GivesBackWhatWasSealed) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{1} << 20, (size_t{1} << 20) + 1, size_t{3} << 20}) {
    const std::string text(size, 'x');
    const Secret sealed = pki::seal(text, passphrase());
    EXPECT_TRUE(pki::unseal(sealed.bytes(), passphrase(), "f").bytes() == text) << size;
  }
}

TEST(SealedFile, NeverLooksTheSameTwiceAndShowsNothing) {
  const Secret one = pki::seal("the private key", passphrase());
  const Secret two = pki::seal("the private key", passphrase());
  EXPECT_NE(one.bytes(), two.bytes());
  EXPECT_EQ(one.bytes().find("private key"), std::string_view::npos);
}

TEST(SealedFile, RefusesAnotherPassphraseAndEveryChange) {
  const std::string text((size_t{2} << 20) + 5, 'x');
  const std::string sealed(pki::seal(text, passphrase()).bytes());
  const auto refuses = [&](const std::string& bytes) {
    expect_error(ErrorKind::kInvalid, "f: ", [&] { pki::unseal(bytes, passphrase(), "f"); });
  };
  expect_error(ErrorKind::kInvalid, "the passphrase is wrong",
               [&] { pki::unseal(sealed, Secret(std::string_view("wrong")), "f"); });
  for (const size_t at :
       {size_t{0}, size_t{20}, size_t{40}, size_t{100}, sealed.size() / 2, sealed.size() - 1}) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    refuses(changed);
  }
  constexpr size_t kHeader = 19 + 16 + 12;
  constexpr size_t kChunk = (size_t{1} << 20) + 16;
  refuses(sealed.substr(0, kHeader + kChunk));                                   // the first chunk alone
  refuses(sealed.substr(0, kHeader + 2 * kChunk));                               // the last one cut off
  refuses(sealed.substr(0, kHeader) + sealed.substr(kHeader + kChunk));          // the first one left out
  refuses(sealed.substr(0, kHeader) + sealed.substr(kHeader + kChunk, kChunk) +  // two of them swapped
          sealed.substr(kHeader, kChunk) + sealed.substr(kHeader + 2 * kChunk));
  refuses(sealed + "x");
  refuses("");
}
