#include "tls/session.h"

#include <gtest/gtest.h>

#include <array>

#include "expect_error.h"
#include "pki_fixture.h"
#include "tls/rehearsal.h"

using pki::Profile;
using testing_support::pki_of_today;
using testing_support::PkiFixture;
using tls::Session;
using Status = Session::Status;

namespace {

tls::Credentials credentials_of(const pki::Lineage& lineage) { return {lineage.chain(1), lineage.key(1)}; }

// A server and a client that talk in memory.
struct Pair {
  explicit Pair(const PkiFixture& pki, const std::string& protocols = "")
      : server_lineage(pki.lineage("s", pki.settings(Profile::kServer))),
        client_lineage(pki.lineage("c", pki.settings(Profile::kClient, {}))) {
    server_options.client_roots = server_lineage.roots(1);
    server_options.protocols = protocols;
    client_options.roots = server_lineage.roots(1);
    client_options.credentials = credentials_of(client_lineage);
    client_options.host = "localhost";
  }

  void connect(const PkiFixture& pki) {
    server =
        std::make_unique<Session>(tls::Context::for_server(credentials_of(server_lineage), server_options));
    client = std::make_unique<Session>(tls::Context::for_client(client_options, pki.clock));
    Status client_status = client->handshake();
    for (int turn = 0; turn < 10; ++turn) {
      carry(*client, *server);
      server_status = server->handshake();
      carry(*server, *client);
      client_status = client->handshake();
    }
    final_client_status = client_status;
  }

  static void carry(Session& from, Session& to) {
    to.feed(from.output());
    to.settle();
    from.output().clear();
  }

  static std::string read_all(Session& session) {
    std::string text;
    std::array<char, 1000> buffer;
    size_t length = 0;
    while (session.read(buffer.data(), buffer.size(), length) == Status::kOk)
      text.append(buffer.data(), length);
    return text;
  }

  pki::Lineage server_lineage;
  pki::Lineage client_lineage;
  tls::ServerOptions server_options;
  tls::ClientOptions client_options;
  std::unique_ptr<Session> server;
  std::unique_ptr<Session> client;
  Status server_status = Status::kNeedsInput;
  Status final_client_status = Status::kNeedsInput;
};

}  // namespace

TEST(Session, HandshakesInMemoryAndShowsWhatItSaw) {
  const PkiFixture pki = pki_of_today();
  for (const auto& [protocols, expected] : {std::pair{"", "TLSv1.3"}, std::pair{"TLSv1.2", "TLSv1.2"}}) {
    Pair pair(pki, protocols);
    pair.connect(pki);
    ASSERT_TRUE(pair.server->is_established()) << pair.server->error();
    ASSERT_TRUE(pair.client->is_established()) << pair.client->error();
    const auto seen = pair.client->result();
    EXPECT_EQ(seen.protocol, expected);
    EXPECT_FALSE(seen.resumed);
    EXPECT_EQ(seen.chain, pair.server_lineage.chain(1));
    EXPECT_TRUE(seen.verification.empty());
    EXPECT_EQ(pair.server->result().chain.front(), pair.client_lineage.chain(1).front());
  }
}

TEST(Session, CarriesLargeTextBothWaysWhateverTheSplit) {
  const PkiFixture pki = pki_of_today();
  Pair pair(pki);
  pair.connect(pki);
  std::string text;
  for (int i = 0; text.size() < 100'000; ++i) text += std::to_string(i);
  for (const auto& [from, to] :
       {std::pair{pair.client.get(), pair.server.get()}, std::pair{pair.server.get(), pair.client.get()}}) {
    ASSERT_EQ(from->write(text), Status::kOk);
    std::string received;
    const std::string ciphertext = from->output();
    from->output().clear();
    for (size_t at = 0; at < ciphertext.size(); at += 7) {
      to->feed(std::string_view(ciphertext).substr(at, 7));
      received += Pair::read_all(*to);
      to->settle();
    }
    EXPECT_TRUE(received == text);
  }
}

TEST(Session, KeepsInputThatIsNotReadYet) {
  const PkiFixture pki = pki_of_today();
  Pair pair(pki);
  pair.connect(pki);
  pair.client->write("hello");
  std::string lent = pair.client->output();
  pair.server->feed(lent);
  pair.server->settle();
  lent.assign(lent.size(), 'x');
  EXPECT_EQ(Pair::read_all(*pair.server), "hello");
}

TEST(Session, KnowsWhatIsLeftToRead) {
  const PkiFixture pki = pki_of_today();
  Pair pair(pki);
  pair.connect(pki);
  EXPECT_TRUE(pair.server->is_drained());
  EXPECT_FALSE(pair.server->is_within_record());
  pair.client->write("hello");
  const std::string record = pair.client->output();
  pair.server->feed(std::string_view(record).substr(0, 10));
  EXPECT_FALSE(pair.server->is_drained());
  EXPECT_EQ(Pair::read_all(*pair.server), "");
  EXPECT_TRUE(pair.server->is_drained());
  EXPECT_TRUE(pair.server->is_within_record());
  pair.server->feed(std::string_view(record).substr(10));
  char byte = 0;
  size_t length = 0;
  EXPECT_EQ(pair.server->read(&byte, 1, length), Status::kOk);
  EXPECT_FALSE(pair.server->is_drained());
  EXPECT_EQ(Pair::read_all(*pair.server), "ello");
  EXPECT_TRUE(pair.server->is_drained());
  EXPECT_FALSE(pair.server->is_within_record());
}

TEST(Session, SaysGoodbye) {
  const PkiFixture pki = pki_of_today();
  Pair pair(pki);
  pair.connect(pki);
  pair.server->write("last words");
  pair.server->close();
  Pair::carry(*pair.server, *pair.client);
  EXPECT_EQ(Pair::read_all(*pair.client), "last words");
  char byte = 0;
  size_t length = 0;
  EXPECT_EQ(pair.client->read(&byte, 1, length), Status::kClosed);
}

TEST(Session, FlippedBitsAreRefused) {
  const PkiFixture pki = pki_of_today();
  Pair pair(pki);
  pair.connect(pki);
  pair.client->write("hello");
  pair.client->output()[10] = static_cast<char>(pair.client->output()[10] ^ 1);
  Pair::carry(*pair.client, *pair.server);
  char byte = 0;
  size_t length = 0;
  EXPECT_EQ(pair.server->read(&byte, 1, length), Status::kFailed);
  EXPECT_FALSE(pair.server->error().empty());
}

TEST(Session, ClientRefusesAServerThatItDoesNotTrustAndSaysWhy) {
  const PkiFixture pki = pki_of_today();
  const PkiFixture other = pki_of_today();
  Pair wrong_name(pki);
  wrong_name.client_options.host = "redis.example.com";
  wrong_name.connect(pki);
  EXPECT_EQ(wrong_name.final_client_status, Status::kFailed);
  EXPECT_EQ(wrong_name.client->error(), "the certificate is not for redis.example.com; it is for localhost");

  Pair wrong_ca(pki);
  wrong_ca.client_options.roots = pki::Authority::open(other.home, {}).roots();
  wrong_ca.connect(pki);
  EXPECT_EQ(wrong_ca.final_client_status, Status::kFailed);
  EXPECT_NE(wrong_ca.client->error().find("not trusted"), std::string::npos) << wrong_ca.client->error();
}

TEST(Session, FindingsAreRecordedWhenTrustIsNotRequired) {
  PkiFixture pki = pki_of_today();
  Pair pair(pki);
  pair.client_options.require_trust = false;
  pair.server_options.client_auth = tls::ClientAuth::kNo;
  pki.clock.advance(std::chrono::days(100));
  pair.connect(pki);
  ASSERT_TRUE(pair.client->is_established()) << pair.client->error();
  ASSERT_EQ(pair.client->result().verification.size(), 1u);
  EXPECT_EQ(pair.client->result().verification[0].code, "expired");
}

TEST(Session, ServerRefusesAClientWithoutACertificate) {
  const PkiFixture pki = pki_of_today();
  Pair pair(pki);
  pair.client_options.credentials.reset();
  pair.connect(pki);
  EXPECT_EQ(pair.server_status, Status::kFailed);
  EXPECT_FALSE(pair.server->is_established());
}

TEST(Session, ResumesWhatAnEarlierOneWasGiven) {
  for (const std::string protocol : {"TLSv1.2", "TLSv1.3"}) {
    const PkiFixture pki = pki_of_today();
    Pair pair(pki, protocol);
    const auto server_context =
        tls::Context::for_server(credentials_of(pair.server_lineage), pair.server_options);
    const auto client_context = tls::Context::for_client(pair.client_options, pki.clock);
    const auto connect = [&](SSL_SESSION* earlier) {
      Session server(server_context);
      auto client = std::make_unique<Session>(client_context);
      if (earlier != nullptr) client->offer(*earlier);
      client->handshake();
      for (int turn = 0; turn < 3; ++turn) {
        Pair::carry(*client, server);
        server.handshake();
        Pair::carry(server, *client);
        client->handshake();
      }
      EXPECT_EQ(Pair::read_all(*client), "");  // of TLS 1.3 the ticket comes here
      EXPECT_TRUE(server.is_established()) << server.error();
      client->close();
      return client;
    };
    const auto first = connect(nullptr);
    EXPECT_FALSE(first->is_resumed());
    const auto given = first->resumable();
    ASSERT_NE(given, nullptr) << protocol;
    EXPECT_TRUE(connect(given.get())->is_resumed()) << protocol;
    EXPECT_TRUE(connect(given.get())->is_resumed()) << protocol << ", again";
    EXPECT_FALSE(connect(nullptr)->is_resumed()) << "nothing is resumed unasked";
  }
}

TEST(Session, RehearsalFindsAContextThatNoClientCouldUse) {
  const PkiFixture pki = pki_of_today();
  Pair pair(pki);
  const auto credentials = credentials_of(pair.server_lineage);
  tls::rehearse_handshake(credentials, pair.server_options, pki.clock);
  pair.server_options.protocols = "TLSv1.2";
  pair.server_options.ciphers = "ECDHE-RSA-AES256-GCM-SHA384";  // an EC certificate can't be used with it
  testing_support::expect_error(
      base::ErrorKind::kInvalid, "no client could handshake with it: no shared cipher",
      [&] { tls::rehearse_handshake(credentials, pair.server_options, pki.clock); });
}
