#include "check/diagnosis.h"

#include "base/error.h"
#include "base/words.h"
#include "check/handshake_trouble.h"
#include "check/problem.h"
#include "tls/client.h"
#include "tls/resolve.h"

namespace check {
namespace {

using base::Error;
using base::ErrorKind;
using Channel = redis::Endpoint::Channel;

constexpr std::chrono::days kSoon{7};

// Goes on from step to step; each says whether the next one makes sense.
class Examination {
 public:
  Examination(const DiagnosisOptions& options, const base::Clock& clock) : options_(options), clock_(clock) {
    result_.target = options.connect.endpoint.to_string();
  }

  Diagnosis run() {
    const Channel channel = options_.connect.endpoint.channel;
    const bool is_there = (channel == Channel::kUnix || resolves()) && connects();
    if (is_there && (channel != Channel::kTls || shakes_hands())) commands();
    return std::move(result_);
  }

 private:
  bool passed(const std::string& step, const std::string& text) {
    result_.steps.push_back({step, true, text});
    return true;
  }

  bool failed(const std::string& step, const std::string& text, Cause cause) {
    result_.steps.push_back({step, false, text});
    result_.cause = std::move(cause);
    return false;
  }

  const tls::HostPort& address() const { return options_.connect.endpoint.address; }
  tls::Deadline deadline() const { return tls::deadline_in(options_.connect.timeout); }

  bool resolves() {
    try {
      const auto addresses = tls::resolve(address().host, deadline());
      return passed("resolve", address().host + " is " + base::join(addresses, ", "));
    } catch (const Error& error) {
      return failed("resolve", error.what(),
                    {"name-unknown", "The name " + address().host + " has no address here.",
                     "Check its spelling, and ask: getent hosts " + address().host});
    }
  }

  tls::Socket connect() const {
    const auto& endpoint = options_.connect.endpoint;
    return endpoint.channel == Channel::kUnix ? tls::Socket::connect(endpoint.unix_path, deadline())
                                              : tls::Socket::connect(endpoint.address, deadline());
  }

  bool connects() {
    const std::string port = std::to_string(address().port);
    const bool is_unix = options_.connect.endpoint.channel == Channel::kUnix;
    const std::string& target = result_.target;
    try {
      connect();
      return passed("connect", "somebody listens at " + target);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kTimeout) {
        return failed(
            "connect", error.what(),
            {"unreachable",
             "Nothing answers at " + target + ", not even with a refusal: a firewall, or the host is down.",
             "Look at the rules between both hosts: nc -vz " + address().host + " " + port});
      }
      const std::string remedy =
          is_unix
              ? "Does it run, with this 'unixsocket', and may this user open it? ls -l " +
                    options_.connect.endpoint.unix_path.native()
              : "On the server: does it run, with this tls-port and 'bind'? ss -ltn 'sport = :" + port + "'";
      return failed("connect", error.what(), {"nobody-listens", "Nobody listens at " + target + ".", remedy});
    }
  }

  bool shakes_hands() {
    tls::ClientOptions offered = redis::client_options(options_.connect);
    offered.ciphers = options_.ciphers;
    offered.require_trust = false;
    tls::HandshakeResult shown;
    try {
      shown = tls::observe_handshake(connect(), tls::Context::for_client(offered, clock_), deadline());
    } catch (const Error& error) {
      return failed("handshake", error.what(), explain_no_handshake(options_, error.what(), clock_));
    }
    passed("handshake", shown.protocol + ", " + shown.cipher);
    if (auto cause = explain_server_certificate(options_, shown, clock_)) {
      return failed("certificate", pki::describe_errors(shown.verification), std::move(*cause));
    }
    const auto& leaf = shown.chain.front();
    const auto left = leaf.not_after() - clock_.now();
    if (left < kSoon) result_.warnings.push_back("the server's certificate ends soon: " + time_left(left));
    return passed("certificate", clean(leaf.subject()) + ", " + time_left(left));
  }

  void commands() {
    resp::Value reply;
    try {
      auto connection = redis::Connection::open(options_.connect, clock_);
      if (!options_.connect.password.empty()) passed("login", "the password fits");
      reply = connection.command({"PING"});
    } catch (const Error& error) {
      explain_end(error);
      return;
    }
    if (reply.text == "PONG") {
      passed("command", "PING is answered");
    } else {
      explain_answer("command", reply.text);
    }
  }

  void explain_end(const Error& error) {
    const std::string text = error.what();
    const auto says = [&](std::string_view part) { return text.find(part) != std::string::npos; };
    if (says("WRONGPASS") || says("NOAUTH") || says("DENIED") || says(" ERR ")) {
      explain_answer("login", text);
    } else if (says("TLS failed") || says("handshake failed") || says("during the TLS handshake")) {
      failed("client certificate", text, explain_refusal(options_, text, clock_));
    } else if (error.kind() == ErrorKind::kTimeout) {
      failed("command", text,
             {"hangs", "The server takes the connection and does not answer commands.",
              "Look at what it does: its log, redis-cli SLOWLOG GET; behind a proxy or sidecar, at the "
              "server behind it."});
    } else {
      failed("command", text,
             {"closed", "The connection is closed as soon as a command is sent.",
              "Look into the server's log: maxclients, a proxy whose server is gone, or a client certificate "
              "that it refuses."});
    }
  }

  // An error in the place of PONG.
  void explain_answer(const std::string& step, const std::string& answer) {
    const auto says = [&](std::string_view part) { return answer.find(part) != std::string::npos; };
    if (says("WRONGPASS") || says("invalid password")) {
      failed(
          step, answer,
          {"password-wrong", "The server refuses user and password, or the user is off.",
           "Try: redis-cli --askpass; on the server: ACL GETUSER NAME, and ACL LOG tells who was refused."});
    } else if (says("NOAUTH")) {
      failed(
          step, answer,
          {"password-missing", "The server wants a password, and the client has none.",
           "Give it one: --pass file:PATH (redis-cli --askpass), and --user for another user than default."});
    } else if (says("DENIED")) {
      failed(step, answer,
             {"protected-mode",
              "The server is in protected mode: it serves no client of another host that proves nothing.",
              "Give the server a password (requirepass) or let it ask for certificates (tls-auth-clients "
              "yes)."});
    } else if (says("max number of clients")) {
      failed(step, answer,
             {"maxclients", "The server has as many clients as it may have.",
              "Look for clients that are left open (CLIENT LIST), or raise it: CONFIG SET maxclients N"});
    } else if (says("can't be reached")) {
      failed(step, answer,
             {"upstream-down", "A sidecar answers, and the server behind it does not: " + clean(answer) + ".",
              "Start the server behind it, or mend its 'upstream'."});
    } else if (says("NOPERM")) {
      passed(step, "the user may not PING, but is let in");
    } else if (says("LOADING")) {
      failed(step, answer,
             {"loading", "The server is still reading its data.",
              "Wait: INFO persistence tells how far it is."});
    } else {
      failed(step, answer,
             {"not-redis", "What answers is no Redis: " + clean(answer) + ".",
              "Look up host and port, and what listens there."});
    }
  }

  const DiagnosisOptions& options_;
  const base::Clock& clock_;
  Diagnosis result_;
};

}  // namespace

State Diagnosis::state() const {
  if (cause) return State::kCritical;
  return warnings.empty() ? State::kOk : State::kWarning;
}

Diagnosis diagnose(const DiagnosisOptions& options, const base::Clock& clock) {
  return Examination(options, clock).run();
}

}  // namespace check
