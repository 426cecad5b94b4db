#include "check/key_cost.h"

#include <ctime>

#include "base/error.h"
#include "pki/builder.h"
#include "tls/session.h"

namespace check {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::hours kLifetime{24};

nanoseconds thread_cpu() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

pki::CertificateTemplate wanted(const std::string& name, base::Time now) {
  pki::CertificateTemplate result;
  result.subject = {{{"CN", name}}};
  result.not_before = now - kLifetime;
  result.not_after = now + kLifetime;
  return result;
}

// A CA, and a server and a client that share a key of the type.
struct Credentials {
  Credentials(const pki::PrivateKey& key, base::Time now)
      : ca_key(pki::PrivateKey::generate(pki::KeyType::kEcP256)),
        ca(pki::self_sign_certificate(wanted("bench CA", now), ca_key)),
        server(leaf(pki::Profile::kServer, key, now)),
        client(leaf(pki::Profile::kClient, key, now)) {}

  tls::Credentials leaf(pki::Profile profile, const pki::PrivateKey& key, base::Time now) const {
    auto asked = wanted("localhost", now);
    asked.profile = profile;
    asked.subject_alt_names = pki::parse_subject_alt_names({"localhost"});
    return {{pki::sign_certificate(asked, key.handle(), ca, ca_key).read_again()}, key};
  }

  pki::PrivateKey ca_key;
  pki::Certificate ca;
  tls::Credentials server;
  tls::Credentials client;
};

// One side's turn: takes what the other has said, and says what it has to.
void take_turn(tls::Session& session, tls::Session& other, nanoseconds& spent) {
  const auto begin = thread_cpu();
  session.feed(other.output());
  const auto status = session.handshake();
  session.settle();
  spent += thread_cpu() - begin;
  other.output().clear();
  if (status == tls::Session::Status::kFailed) {
    throw base::Error(base::ErrorKind::kInternal, "a handshake in memory failed: " + session.error());
  }
}

void handshake(const std::shared_ptr<const tls::Context>& server_context,
               const std::shared_ptr<const tls::Context>& client_context, HandshakeCost& spent) {
  auto begin = thread_cpu();
  tls::Session client(client_context);
  client.handshake();
  spent.client += thread_cpu() - begin;
  begin = thread_cpu();
  tls::Session server(server_context);
  spent.server += thread_cpu() - begin;
  take_turn(server, client, spent.server);
  take_turn(client, server, spent.client);
  take_turn(server, client, spent.server);
  if (!server.is_established() || !client.is_established()) {
    throw base::Error(base::ErrorKind::kInternal, "a handshake in memory did not end");
  }
}

void share(HandshakeCost& cost, uint64_t count) {
  cost.server /= count;
  cost.client /= count;
}

}  // namespace

KeyCost measure_key_cost(pki::KeyType type, tls::Deadline until, const base::Clock& clock) {
  KeyCost cost{type, 0, {}, {}, ""};
  const auto key = pki::PrivateKey::generate_until(type, until);
  if (!key || std::chrono::steady_clock::now() >= until) {
    cost.why_not = "the time ran out while its key was generated";
    return cost;
  }
  const Credentials credentials(*key, clock.now());
  tls::ServerOptions server_options;
  server_options.client_roots = {credentials.ca};
  server_options.client_auth = tls::ClientAuth::kOptional;
  tls::ClientOptions client_options;
  client_options.roots = {credentials.ca};
  client_options.host = "localhost";
  const auto stranger = tls::Context::for_client(client_options, clock);
  client_options.credentials = credentials.client;
  const auto known = tls::Context::for_client(client_options, clock);
  const auto asks = tls::Context::for_server(credentials.server, server_options);
  server_options.client_auth = tls::ClientAuth::kNo;
  const auto asks_not = tls::Context::for_server(credentials.server, server_options);
  do {
    handshake(asks_not, stranger, cost.one_sided);
    handshake(asks, known, cost.both_sided);
    ++cost.handshakes;
  } while (std::chrono::steady_clock::now() < until);
  share(cost.one_sided, cost.handshakes);
  share(cost.both_sided, cost.handshakes);
  return cost;
}

}  // namespace check
