#include <array>

#include "base/error.h"
#include "redis/load_threads.h"

namespace redis {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::steady_clock;

tls::TlsStream connect(const HandshakeLoad& load, const std::shared_ptr<const tls::Context>& context,
                       SSL_SESSION* earlier) {
  const auto deadline = tls::deadline_in(load.connect->timeout);
  return {tls::Socket::connect(load.connect->endpoint.address, deadline), context, deadline, earlier};
}

// What the server gives to resume: under TLS 1.3 it comes with the first reply.
tls::SslPtr<SSL_SESSION> earlier_session(const HandshakeLoad& load,
                                         const std::shared_ptr<const tls::Context>& context) {
  const auto deadline = tls::deadline_in(load.connect->timeout);
  auto stream = connect(load, context, nullptr);
  stream.write("PING\r\n", deadline);
  std::array<char, 1024> reply;
  stream.read(reply.data(), reply.size(), deadline);
  auto session = stream.resumable();
  if (session == nullptr) {
    throw Error(ErrorKind::kRefused, load.connect->endpoint.to_string() + ": gives no session to resume");
  }
  return session;
}

LoadResult handshake_until(const HandshakeLoad& load, const std::shared_ptr<const tls::Context>& context,
                           SSL_SESSION* earlier, tls::Deadline until) {
  LoadResult result;
  for (auto began = steady_clock::now(); began < until; began = steady_clock::now()) {
    auto stream = connect(load, context, earlier);
    result.latencies.record(steady_clock::now() - began);
    ++result.count;
    if (load.resumes && !stream.handshake().resumed) {
      throw Error(ErrorKind::kRefused, load.connect->endpoint.to_string() + ": does not resume what it gave");
    }
    // Left at once it would fail to send its ticket, and count no handshake.
    if (stream.handshake().protocol == "TLSv1.3") stream.end(tls::deadline_in(load.connect->timeout));
  }
  return result;
}

}  // namespace

LoadResult run_handshakes(const HandshakeLoad& load, tls::Deadline until, const base::Clock& clock) {
  const auto context = tls::Context::for_client(client_options(*load.connect), clock);
  tls::SslPtr<SSL_SESSION> earlier;
  if (load.resumes) earlier = earlier_session(load, context);

  const LoadResult result = run_on_threads(
      load.at_once, [&](size_t) { return handshake_until(load, context, earlier.get(), until); });
  if (result.count == 0) {
    throw Error(ErrorKind::kTimeout, load.connect->endpoint.to_string() + ": no time for a handshake");
  }
  return result;
}

}  // namespace redis
