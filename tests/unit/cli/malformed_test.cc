// Foreign bytes of every kind, damaged in a hundred ways: an answer or one clear line, never a crash.

#include <gtest/gtest.h>

#include <random>

#include "base/file.h"
#include "cli_fixture.h"

using testing_support::CliFixture;

namespace {

constexpr int kDamages = 100;

struct Malformed : CliFixture {
  Malformed() {
    EXPECT_EQ(run({"init", "--passphrase", "none"}).code, 0);
    EXPECT_EQ(run({"issue", "server", "redis-1", "--san", "10.0.0.1"}).code, 0);
    EXPECT_EQ(run({"revoke", "redis-1"}).code, 0);
    EXPECT_EQ(run({"crl"}).code, 0);
    base::write_file(passphrase, "a passphrase", {.mode = 0600});
    EXPECT_EQ(run({"export", "redis-1", "--format", "p12", "--passphrase", "file:" + passphrase.native(),
                   "--out", (directory.path() / "store.p12").native()})
                  .code,
              0);
  }

  std::string current(const std::string& name) {
    return base::read_file(home / "certs/redis-1/current" / name);
  }

  // Runs `command` with a damaged file for its word "FILE".
  void expect_one_line_for(const std::vector<std::string>& command, const std::string& bytes,
                           bool must_fail) {
    const auto file = directory.path() / "damaged";
    base::write_file(file, bytes, {.mode = 0600});
    auto words = command;
    for (auto& word : words) {
      if (word == "FILE") word = file.native();
    }
    const auto result = run(words);
    EXPECT_LE(result.code, 2);
    EXPECT_GE(result.code, must_fail ? 1 : 0) << result.out.substr(0, 500);
    if (!result.err.empty() && result.code != 0) {
      EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
      EXPECT_TRUE(result.err.starts_with("redis-pki: ")) << result.err;
      EXPECT_LT(result.err.size(), 4000u);
      EXPECT_EQ(result.err.find('\0'), std::string::npos);
    }
  }

  // Flips, cuts and swaps at random, each time alike.
  std::string damage(std::string bytes) {
    const auto any = [&](size_t below) {
      return std::uniform_int_distribution<size_t>(0, below - 1)(random);
    };
    switch (any(5)) {
      case 0:
        bytes.resize(any(bytes.size()));
        break;
      case 1:
        bytes[any(bytes.size())] ^= static_cast<char>(1 << any(8));
        break;
      case 2:
        bytes.insert(any(bytes.size()), std::string(1 + any(9), static_cast<char>(any(256))));
        break;
      case 3:
        bytes.erase(any(bytes.size()), 1 + any(20));
        break;
      default:
        for (size_t i = 0; i < 20; ++i) bytes[any(bytes.size())] = static_cast<char>(any(256));
    }
    return bytes;
  }

  void expect_no_crash(const std::vector<std::string>& command, const std::string& good,
                       bool empty_is_good = false) {
    for (int i = 0; i < kDamages; ++i) expect_one_line_for(command, damage(good), false);
    for (const std::string& none : {std::string(1, '\0'), std::string(1000, '\xff'),
                                    std::string("-----BEGIN "), std::string("\x30\x84\xff\xff\xff\xff", 6),
                                    std::string(200'000, '\x30'), std::string(200'000, '{')}) {
      expect_one_line_for(command, none, true);
    }
    expect_one_line_for(command, "", !empty_is_good);
  }

  std::filesystem::path passphrase = directory.path() / "passphrase";
  std::mt19937 random{20261122};
};

}  // namespace

TEST_F(Malformed, Certificate) {
  expect_no_crash({"show", "FILE"}, current("tls.crt"));
  expect_no_crash({"verify", "FILE"}, current("tls.crt"));
}

TEST_F(Malformed, CertificateThatIsChecked) {
  for (int i = 0; i < kDamages; ++i) {
    const auto file = directory.path() / "damaged.crt";
    base::write_file(file, damage(current("tls.crt")), {.mode = 0600});
    EXPECT_LE(run({"check", file.native()}).code, 3);
  }
}

TEST_F(Malformed, Key) { expect_no_crash({"show", "FILE"}, current("tls.key")); }

TEST_F(Malformed, Crl) {
  const std::string crl = base::read_file(home / "trust/crl.pem");
  expect_no_crash({"show", "FILE"}, crl);
  expect_no_crash({"verify", "redis-1", "--crl", "FILE"}, crl);
}

TEST_F(Malformed, Pkcs12) {
  expect_no_crash({"show", "FILE"}, base::read_file(directory.path() / "store.p12"));
}

TEST_F(Malformed, Request) {
  expect_no_crash({"sign", "FILE", "--profile", "server"}, R"(-----BEGIN CERTIFICATE REQUEST-----
MIH7MIGjAgEAMBExDzANBgNVBAMMBnRoZWlyczBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABHIcQnnQVDEbMIyHnpOBFbTe8IxIW7+L6R/mKTxLYDoQbGLCbUwajA/P
6BSm7UMtY7zzzGO163pAQWRqGkkV0fqgMDAuBgkqhkiG9w0BCQ4xITAfMB0GA1Ud
EQQWMBSCEnRoZWlycy5leGFtcGxlLmNvbTAKBggqhkjOPQQDAgNHADBEAiAffXN1
TCqUzv/Pz3oBakj9qoE5Y+UEbtywzrvyz40bMAIgWA9p1Hm3uZXBUQlRbsbnAXTj
V/Stpq0sGp0+P37iPN0=
-----END CERTIFICATE REQUEST-----
)");
}

TEST_F(Malformed, Batch) {
  const std::string csv =
      "server,a,a.example.com,10.0.0.1\nclient,b\npeer,c,uri:spiffe://x/y,email:o@example.com\n";
  const std::string json = R"({"profile": "server", "name": "j", "sans": ["a.example"], "lifetime": "30d"})";
  for (const auto& [bytes, must_fail] : std::vector<std::pair<std::string, bool>>{
           {"server,a," + std::string(100'000, 'a') + "\n", true},
           {"server," + std::string(100'000, 'a') + "\n", true},
           {std::string("server,a,a\0.example.com\n", 24), true},
           {"server,a,\xc3\x28.example.com\n", true},
           {R"({"profile": "client", "name": "x", "lifetime": "-1d"})", true},
           {std::string(100'000, '[') + "\n", true},
           {"{" + std::string(100'000, '[') + "\n", true}}) {
    expect_one_line_for({"issue", "--batch", "FILE"}, bytes, must_fail);
  }
  for (int i = 0; i < kDamages; ++i) expect_one_line_for({"issue", "--batch", "FILE"}, damage(csv), false);
  for (int i = 0; i < kDamages; ++i) expect_one_line_for({"issue", "--batch", "FILE"}, damage(json), false);
}

TEST_F(Malformed, Index) {
  expect_no_crash({"import-index", "FILE"},
                  "V\t271119120000Z\t\t1000\tunknown\t/"
                  "CN=a\nR\t271119120000Z\t261119120000Z,keyCompromise\t1001\tunknown\t/CN=b\n",
                  true);
}

TEST_F(Malformed, Backup) {
  const auto file = directory.path() / "backup";
  ASSERT_EQ(run({"backup", file.native(), "--passphrase", "file:" + passphrase.native()}).code, 0);
  const std::string good = base::read_file(file);
  for (int i = 0; i < 30; ++i) {
    base::write_file(file, damage(good), {.mode = 0600});
    const std::string other = (directory.path() / "restored").native();
    const auto result = run({"restore", file.native(), "--passphrase", "file:" + passphrase.native()}, other);
    EXPECT_EQ(result.code, 1) << result.err;
    EXPECT_FALSE(std::filesystem::exists(other + "/ca"));
  }
}

TEST_F(Malformed, NamesOnTheCommandLine) {
  for (const std::string& san :
       {std::string(100'000, 'a'), std::string("a..b"), std::string("a\0b", 3), std::string("-a.example"),
        std::string("*.*.example"), std::string("300.1.1.1"), std::string(":::"), std::string("uri:"),
        std::string("email:@"), std::string("\xff\xfe"), std::string("a b"), std::string("dns:")}) {
    expect_usage_error({"issue", "server", "x", "--san", san}, "");
  }
}

TEST_F(Malformed, Settings) {
  expect_no_crash({"list", "--settings", "FILE"},
                  "ca-passphrase = 'none'\n[issue.server]\nlifetime = '30d'\n[check]\nwarn = '3d'\n", true);
}
