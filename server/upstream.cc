#include "server/upstream.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "pki/certificate.h"
#include "server/connection.h"
#include "tls/address.h"
#include "tls/credentials.h"
#include "tls/resolve.h"

namespace server {
namespace {

using base::Error;
using base::ErrorKind;
using Status = tls::Session::Status;

constexpr std::string_view kPlain = "redis://";
constexpr std::string_view kTls = "rediss://";
constexpr std::string_view kUnix = "unix:";
constexpr std::chrono::seconds kResolveTime{5};
constexpr size_t kReadSize = 256 * 1024;

tls::HostPort host_port(std::string_view text) {
  text.remove_prefix(text.starts_with(kTls) ? kTls.size() : kPlain.size());
  const auto address = tls::parse_host_port(text);
  if (address) return *address;
  throw Error(ErrorKind::kUsage, "argument must be redis://HOST:PORT, rediss://HOST:PORT or unix:PATH");
}

void set_unix_address(UpstreamRoute& route, std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  std::memcpy(&route.address, &address, sizeof address);
  route.address_length = sizeof address;
}

void set_address(UpstreamRoute& route, const tls::HostPort& wanted) {
  const std::string address = tls::resolve(wanted.host, tls::deadline_in(kResolveTime)).front();
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.c_str(), std::to_string(wanted.port).c_str(), &hints, &found) != 0) {
    throw Error(ErrorKind::kUnreachable, "upstream: " + address + " is no address");
  }
  std::memcpy(&route.address, found->ai_addr, found->ai_addrlen);
  route.address_length = found->ai_addrlen;
  ::freeaddrinfo(found);
}

std::shared_ptr<const tls::Context> make_context(const Config& config, const std::string& host,
                                                 const base::Clock& clock) {
  tls::ClientOptions options;
  if (!config.tls_ca_cert_file.empty()) {
    options.roots =
        pki::parse_certificates(base::read_file(config.tls_ca_cert_file), config.tls_ca_cert_file);
  }
  options.require_trust = config.tls_mode != TlsMode::kRequire;
  if (config.tls_mode == TlsMode::kVerifyFull) options.host = host;
  if (!config.tls_cert_file.empty()) {
    const base::Secret passphrase{std::string(config.tls_key_file_pass)};
    options.credentials = tls::load_credentials(config.tls_cert_file, config.tls_key_file, passphrase);
  }
  return tls::Context::for_client(options, clock);
}

}  // namespace

void require_upstream(std::string_view text) {
  const bool is_path = text.starts_with(kUnix);
  if (is_path && text.size() > kUnix.size() && text.size() - kUnix.size() < sizeof(sockaddr_un::sun_path))
    return;
  if (text.starts_with(kPlain) || text.starts_with(kTls)) {
    host_port(text);
    return;
  }
  throw Error(ErrorKind::kUsage, "argument must be redis://HOST:PORT, rediss://HOST:PORT or unix:PATH");
}

UpstreamRoute make_upstream_route(const Config& config, const base::Clock& clock) {
  UpstreamRoute route;
  const std::string_view text = config.upstream;
  route.name = text;
  require_upstream(text);
  if (text.starts_with(kUnix)) {
    set_unix_address(route, text.substr(kUnix.size()));
    return route;
  }
  const auto wanted = host_port(text);
  set_address(route, wanted);
  if (text.starts_with(kTls)) route.context = make_context(config, wanted.host, clock);
  return route;
}

Upstream::Upstream(EventLoop& loop, const UpstreamRoute& route, Connection& client)
    : loop_(loop),
      client_(client),
      name_(route.name),
      fd_(::socket(route.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  if (!fd_.is_open()) throw base::system_error("connect to", name_, errno);
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto* address = reinterpret_cast<const sockaddr*>(&route.address);
  const bool is_begun = ::connect(fd_.get(), address, route.address_length) == 0 || errno == EINPROGRESS;
  if (!is_begun) throw base::system_error("connect to", name_, errno);
  if (route.context) session_ = std::make_unique<tls::Session>(route.context);
  interest_ = EPOLLOUT;
  loop_.add(fd_.get(), interest_, *this);
}

void Upstream::on_ready(uint32_t epoll_events) {
  if (!fd_.is_open()) return;
  if (connecting_) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return end(std::string("can't connect: ") + std::strerror(error));
    connecting_ = false;
    if (session_) session_->handshake();
  } else if ((epoll_events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
    receive();
  }
  if (fd_.is_open()) flush();
}

void Upstream::send(std::string_view bytes) {
  awaits_reply_ = true;
  if (session_ == nullptr) {
    output_ += bytes;
  } else if (session_->is_established()) {
    session_->write(bytes);
  } else {
    waiting_ += bytes;
  }
  if (!connecting_) flush();
}

size_t Upstream::unsent() const {
  return waiting_.size() + (session_ ? session_->output().size() : output_.size()) - sent_;
}

void Upstream::receive() {
  static thread_local std::array<char, kReadSize> buffer;
  const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) end(std::strerror(errno));
    return;
  }
  if (count == 0) return end("");
  const std::string_view bytes(buffer.data(), static_cast<size_t>(count));
  if (session_ == nullptr) return deliver(bytes);
  receive_tls(bytes);
}

void Upstream::receive_tls(std::string_view ciphertext) {
  static thread_local std::array<char, kReadSize> plaintext;
  session_->feed(ciphertext);
  Status status = session_->handshake();
  if (session_->is_established() && !waiting_.empty()) {
    session_->write(waiting_);
    std::string().swap(waiting_);
  }
  while (status == Status::kOk && fd_.is_open()) {
    size_t length = 0;
    status = session_->read(plaintext.data(), plaintext.size(), length);
    if (length > 0) deliver({plaintext.data(), length});
  }
  if (!fd_.is_open()) return;
  session_->settle();
  if (status == Status::kFailed) return end("TLS failed: " + session_->error());
  if (status == Status::kClosed) end("");
}

void Upstream::deliver(std::string_view bytes) {
  awaits_reply_ = false;
  client_.relay_reply(bytes);
}

void Upstream::flush() {
  std::string& output = session_ ? session_->output() : output_;
  while (sent_ < output.size()) {
    const ssize_t count = ::send(fd_.get(), output.data() + sent_, output.size() - sent_, MSG_NOSIGNAL);
    if (count >= 0) {
      sent_ += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return end(std::strerror(errno));
    }
  }
  if (sent_ == output.size()) {
    output.clear();
    sent_ = 0;
  }
  update_interest();
  client_.on_upstream_sent();
}

void Upstream::set_reading(bool is_wanted) {
  is_reading_ = is_wanted;
  if (fd_.is_open() && !connecting_) update_interest();
}

void Upstream::update_interest() {
  uint32_t wanted = is_reading_ ? uint32_t{EPOLLIN} : 0;
  const std::string& output = session_ ? session_->output() : output_;
  if (sent_ < output.size()) wanted |= EPOLLOUT;
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_.change(fd_.get(), interest_, *this);
}

void Upstream::close() {
  if (!fd_.is_open()) return;
  loop_.remove(fd_.get());
  fd_.reset();
}

void Upstream::end(const std::string& reason) {
  close();
  client_.on_upstream_ended(reason.empty() ? "" : name_ + ": " + reason);
}

}  // namespace server
