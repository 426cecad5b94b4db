#include "acme/tls_alpn_solver.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "pki/challenge_certificate.h"
#include "pki/subject_alt_name.h"
#include "tls/session.h"
#include "tls/socket.h"

namespace acme {
namespace {

using base::Error;

constexpr const char* kProtocol = "acme-tls/1";
constexpr int kLookMs = 100;  // how often to see whether it is over
constexpr std::chrono::seconds kHandshake{10};
constexpr size_t kBuffer = 16 * 1024;

base::FileDescriptor listen_on(int port) {
  // A socket for both families, or for IPv4 on a host that has no other.
  for (const int family : {AF_INET6, AF_INET}) {
    base::FileDescriptor fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.is_open()) continue;
    const int on = 1, off = 0;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(static_cast<uint16_t>(port));
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(static_cast<uint16_t>(port));
    const bool is_six = family == AF_INET6;
    if (is_six) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    const auto* address = is_six ? reinterpret_cast<sockaddr*>(&six) : reinterpret_cast<sockaddr*>(&four);
    if (::bind(fd.get(), address, is_six ? sizeof six : sizeof four) == 0 && ::listen(fd.get(), 16) == 0)
      return fd;
  }
  throw base::system_error("listen", "port " + std::to_string(port), errno);
}

tls::Credentials challenge_credentials(const pki::SubjectAltName& name,
                                       const std::string& key_authorization) {
  auto pair = pki::make_challenge_certificate(name, key_authorization);
  return {std::move(pair.chain), std::move(pair.key)};
}

}  // namespace

std::string server_name_of(const Identifier& identifier) {
  const auto bytes = pki::ip_bytes(identifier.value);
  if (identifier.type != "ip" || bytes.empty()) return identifier.value;
  std::string name;
  if (bytes.size() == 4) {
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) name += std::to_string(*byte) + ".";
    return name + "in-addr.arpa";
  }
  constexpr char kDigits[] = "0123456789abcdef";
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    name += {kDigits[*byte & 15], '.', kDigits[*byte >> 4], '.'};
  }
  return name + "ip6.arpa";
}

TlsAlpnSolver::TlsAlpnSolver(int port) : listener_(listen_on(port)) {
  tls::ServerOptions options;
  options.client_auth = tls::ClientAuth::kNo;
  options.session_caching = false;
  options.protocol = kProtocol;
  options.credentials_for = [this](const std::string& name) { return credentials_for(name); };
  context_ = tls::Context::for_server(challenge_credentials({pki::SubjectAltName::Kind::kDns, "invalid"}, ""),
                                      options);
  thread_ = std::thread([this] { serve(); });
}

TlsAlpnSolver::~TlsAlpnSolver() {
  ends_ = true;
  thread_.join();
}

void TlsAlpnSolver::present(const Proof& proof) {
  const auto name = pki::parse_subject_alt_name(proof.identifier.type + ":" + proof.identifier.value);
  auto credentials = challenge_credentials(name, proof.key_authorization);
  const std::lock_guard guard(mutex_);
  proofs_.insert_or_assign(server_name_of(proof.identifier), std::move(credentials));
}

void TlsAlpnSolver::withdraw(const Proof& proof) {
  const std::lock_guard guard(mutex_);
  proofs_.erase(server_name_of(proof.identifier));
}

std::optional<tls::Credentials> TlsAlpnSolver::credentials_for(const std::string& server_name) {
  const std::lock_guard guard(mutex_);
  const auto found = proofs_.find(server_name);
  return found == proofs_.end() ? std::nullopt : std::optional(found->second);
}

void TlsAlpnSolver::serve() {
  while (!ends_) {
    pollfd wait{listener_.get(), POLLIN, 0};
    if (::poll(&wait, 1, kLookMs) <= 0) continue;
    base::FileDescriptor connection(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.is_open()) answer(std::move(connection));
  }
}

// One after another: the CA comes a few times, and nobody else has a reason to.
void TlsAlpnSolver::answer(base::FileDescriptor connection) {
  try {
    tls::Socket socket = tls::Socket::adopt(std::move(connection), "the CA");
    const auto deadline = tls::deadline_in(kHandshake);
    tls::Session session(context_);
    std::array<char, kBuffer> buffer;
    auto status = session.handshake();
    while (status == tls::Session::Status::kNeedsInput) {
      socket.write(session.output(), deadline);
      session.output().clear();
      const size_t size = socket.read(buffer.data(), buffer.size(), deadline);
      if (size == 0) return;
      session.feed({buffer.data(), size});
      status = session.handshake();
      session.settle();
    }
    session.close();
    socket.write(session.output(), deadline);
  } catch (const Error&) {
    // Whoever it was went away.
  }
}

}  // namespace acme
