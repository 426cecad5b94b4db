#include "check/live_probe.h"

#include <charconv>
#include <sstream>

#include "base/error.h"
#include "tls/client.h"

namespace check {
namespace {

using base::Error;
using Channel = redis::Endpoint::Channel;

tls::HandshakeResult handshake(const redis::ConnectOptions& options, tls::ClientOptions offer,
                               const base::Clock& clock) {
  const auto deadline = tls::deadline_in(options.timeout);
  offer.require_trust = false;
  return tls::observe_handshake(tls::Socket::connect(options.endpoint.address, deadline),
                                tls::Context::for_client(offer, clock), deadline);
}

// The cipher that it agreed to; empty when it refused.
std::string agreed(const redis::ConnectOptions& options, const std::string& protocol,
                   const std::string& ciphers, const base::Clock& clock) {
  tls::ClientOptions offer = redis::client_options(options);
  offer.only_protocol = protocol;
  offer.ciphers = ciphers;
  try {
    return handshake(options, offer, clock).cipher;
  } catch (const Error&) {
    return "";
  }
}

// Empty when there is no answer that a Redis would give.
std::string answer_to_ping(const redis::ConnectOptions& options, const base::Clock& clock) {
  try {
    auto connection = redis::Connection::open(options, clock);
    const auto reply = connection.command({"PING"});
    return reply.is_error() || reply.text == "PONG" ? reply.text : "";
  } catch (const Error&) {
    return "";
  }
}

bool is_from_redis(const std::string& answer) { return !answer.empty() && !answer.starts_with("DENIED"); }

void probe_plaintext(const redis::ConnectOptions& options, const std::string& port, const base::Clock& clock,
                     LiveBehaviour& live) {
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || number == 0 || options.endpoint.channel == Channel::kUnix) return;
  redis::ConnectOptions plain;
  plain.endpoint.channel = Channel::kPlain;
  plain.endpoint.address = {options.endpoint.address.host, number};
  plain.timeout = options.timeout;
  const std::string answer = answer_to_ping(plain, clock);
  if (!is_from_redis(answer)) return;
  live.plaintext_port = port;
  live.is_plaintext_open = answer == "PONG";
}

}  // namespace

Observation probe_certificate(const redis::ConnectOptions& options, const base::Clock& clock) {
  Observation seen;
  seen.kind = Observation::Kind::kEndpoint;
  seen.source = options.endpoint.to_string();
  if (options.endpoint.channel != Channel::kTls) return seen;
  try {
    const auto shown = handshake(options, redis::client_options(options), clock);
    seen.chain = shown.chain;
    seen.findings = without_dates(shown.verification);
  } catch (const Error& error) {
    seen.failure = error.what();
  }
  return seen;
}

void probe_behaviour(const redis::ConnectOptions& options, const std::string& plain_port,
                     const base::Clock& clock, LiveBehaviour& live) {
  probe_plaintext(options, plain_port, clock, live);
  if (options.endpoint.channel != Channel::kTls) return;
  redis::ConnectOptions stranger;  // with neither certificate nor password
  stranger.endpoint = options.endpoint;
  stranger.roots = options.roots;
  stranger.server_name = options.server_name;
  stranger.timeout = options.timeout;
  live.serves_without_certificate = is_from_redis(answer_to_ping(stranger, clock));
  for (const std::string protocol : {"TLSv1", "TLSv1.1"}) {
    if (!agreed(options, protocol, "ALL", clock).empty()) live.old_protocols.push_back(protocol);
  }
  live.cipher = agreed(options, "TLSv1.2", "kRSA", clock);
}

void count_clients(redis::Connection& connection, LiveBehaviour& live) {
  if (live.server.flavour != redis::ServerInfo::Flavour::kRedisPki) return;
  const auto reply = connection.command({"CLIENT", "LIST"});
  if (reply.is_error()) return;
  live.clients = 0;
  std::istringstream lines(reply.text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" tls-version=") == std::string::npos) continue;
    ++*live.clients;
    if (line.find(" tls-client-subject=") == std::string::npos) ++live.clients_without_certificate;
  }
}

}  // namespace check
