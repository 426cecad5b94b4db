#include "server/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "resp/encoder.h"
#include "server/server.h"
#include "server/spare_buffers.h"

namespace server {
namespace {

using Status = tls::Session::Status;

constexpr size_t kReadSize = 256 * 1024;
constexpr size_t kPlaintextSize = 256 * 1024;
constexpr size_t kMostInRecord = 16 * 1024;
// Beyond it, no command is executed until the client reads. Many clients read nothing before they have sent
// all, so it is small only while all clients together leave too much unread.
constexpr size_t kMostUnsent = size_t{64} << 20;
constexpr size_t kMostUnsentUnderPressure = size_t{256} << 10;
// Beyond these, a client, or the upstream, isn't read from until the other side takes what it is owed.
constexpr size_t kMostRelayed = size_t{1} << 20;
constexpr std::chrono::milliseconds kDrainTime{80};  // for replies that are under way at the end
constexpr std::chrono::seconds kConnectTime{5};

constexpr std::chrono::seconds kLinger{1};  // for the peer to read our goodbye and close its side

// Sends what follows the first `sent` bytes, until the socket takes no more. False when the connection is
// broken.
bool send_some(int fd, std::string& bytes, size_t& sent) {
  while (sent < bytes.size()) {
    const ssize_t count = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return false;
    }
  }
  if (sent == bytes.size()) {
    SpareBuffers::of_this_thread().take_back(bytes);
    sent = 0;
  }
  return true;
}

}  // namespace

Connection::Connection(Server& server, EventLoop& loop, base::FileDescriptor fd, Kind kind, Client client)
    : server_(server),
      loop_(loop),
      fd_(std::move(fd)),
      kind_(kind),
      client_(std::move(client)),
      last_active_(client_.created),
      relays_(kind != Kind::kAdmin && server.has_upstream()),
      pipeline_(server, *this, client_, replies_) {
  client_.descriptor = fd_.get();
}

Connection::~Connection() { close(); }

void Connection::start() {
  interest_ = EPOLLIN;
  loop_.add(fd_.get(), interest_, *this);
  on_ready(EPOLLIN);  // its first bytes are there already
}

void Connection::on_ready(uint32_t epoll_events) {
  if (is_closed()) return;
  if ((epoll_events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) != 0 && (epoll_events & EPOLLIN) == 0) return end();
  if ((epoll_events & EPOLLIN) != 0) {
    is_receiving_ = true;
    receive();
    is_receiving_ = false;
  }
  if (is_closed() || goodbye_said_) return;
  flush();
  execute_waiting_commands();
}

void Connection::receive() {
  // One buffer for all connections of a thread: nothing stays in it between two calls.
  static thread_local std::array<char, kReadSize> buffer;
  const ssize_t count = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
  if (count < 0) {
    if (errno != EAGAIN && errno != EINTR) end();
    return;
  }
  if (count == 0) return end();
  if (saying_goodbye_) return;  // what comes now was sent too late
  last_active_.store(loop_.now(), std::memory_order_relaxed);
  server_.count_input(static_cast<size_t>(count));
  SpareBuffers::of_this_thread().lend(replies_);
  const std::string_view bytes(buffer.data(), static_cast<size_t>(count));
  if (!std::exchange(has_received_, true) && refuse_wrong_protocol(bytes)) return;
  if (kind_ != Kind::kTls) {
    receive_plaintext(bytes);
  } else if (session_ != nullptr || start_session()) {
    receive_tls(bytes);
  } else {
    return end();
  }
  const bool is_incomplete = !pipeline_.is_empty() || (session_ != nullptr && session_->is_within_record());
  if (is_incomplete && !is_closed()) acknowledge();
}

// Says so in the protocol that the client speaks, as far as that goes.
bool Connection::refuse_wrong_protocol(std::string_view first_bytes) {
  constexpr char kHandshake = 0x16;  // the type of a TLS record
  const bool speaks_tls = first_bytes[0] == kHandshake;
  if (kind_ == Kind::kAdmin || speaks_tls == (kind_ == Kind::kTls)) return false;
  server_.on_wrong_protocol(client_, !speaks_tls);
  constexpr std::string_view kFatalAlert("\x15\x03\x01\x00\x02\x02\x46", 7);  // protocol_version
  plain_output_ = speaks_tls ? kFatalAlert : "-ERR this port speaks TLS, and what came is plaintext\r\n";
  client_.close_after_reply = true;
  return true;
}

bool Connection::start_session() {
  const auto context = server_.take_slot(client_);
  if (context == nullptr) return false;
  session_ = std::make_unique<tls::Session>(context);
  return true;
}

void Connection::receive_tls(std::string_view ciphertext) {
  static thread_local std::array<char, kPlaintextSize> plaintext;
  session_->feed(ciphertext);
  SpareBuffers::of_this_thread().lend(session_->output());
  Status status = session_->handshake();
  if (client_.is_handshaking && session_->is_established()) {
    if (!server_.on_handshake(client_, *session_)) {
      replies_ += kProtected;
      client_.close_after_reply = true;
      return session_->settle();
    }
    if (session_->output().empty()) acknowledge();  // without a ticket
  }
  size_t filled = 0;
  while (status == Status::kOk && !session_->is_drained()) {
    size_t length = 0;
    status = session_->read(plaintext.data() + filled, plaintext.size() - filled, length);
    filled += length;
    if (plaintext.size() - filled >= kMostInRecord) continue;
    receive_plaintext({plaintext.data(), filled});
    filled = 0;
    if (is_closed() || client_.close_after_reply) break;
  }
  if (filled > 0) receive_plaintext({plaintext.data(), filled});
  if (is_closed()) return;
  session_->settle();
  if (status == Status::kFailed) {
    server_.on_tls_failure(client_, session_->error());
    send_output();  // the alert that says why
    end();
  } else if (status == Status::kClosed) {
    goodbye();
  }
}

void Connection::receive_plaintext(std::string_view plaintext) {
  if (relays_) return relay(plaintext);
  pipeline_.take(plaintext);
}

// For what no reply acknowledges: the start of a record or of a command, or the end of a handshake. A client
// with Nagle's algorithm doesn't send on before, and we would let it wait for 40 ms.
void Connection::acknowledge() {
  const int on = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

// Bytes as they come: what they mean is between the client and the upstream.
void Connection::relay(std::string_view plaintext) {
  if (plaintext.empty()) return;
  if (upstream_ == nullptr) {
    try {
      upstream_ = std::make_unique<Upstream>(loop_, *server_.upstream_route(), *this);
    } catch (const base::Error& error) {
      return on_upstream_ended(error.what());
    }
    server_.call_later(*this, kConnectTime, [](Connection& connection) { connection.give_up_connecting(); });
  }
  upstream_->send(plaintext);
}

void Connection::relay_reply(std::string_view bytes) {
  if (is_closed() || goodbye_said_) return;
  replies_ += bytes;
  flush();
}

void Connection::on_upstream_sent() {
  if (!is_closed() && !goodbye_said_) update_interest();
}

void Connection::give_up_connecting() {
  if (upstream_ == nullptr || !upstream_->is_connecting() || is_drained_) return;
  upstream_->close();
  on_upstream_ended(upstream_->name() + ": can't connect: it doesn't answer");
}

void Connection::on_upstream_ended(const std::string& reason) {
  if (is_closed() || goodbye_said_) return;
  is_drained_ = true;
  if (!reason.empty()) {
    server_.on_upstream_failure(client_, reason);
    resp::Encoder(replies_, client_.protocol)
        .error("ERR the server behind this one can't be reached: " + reason);
  }
  client_.close_after_reply = true;
  if (!is_receiving_) flush();  // else the session is at work, and on_ready() flushes
}

void Connection::resume_with(std::string_view encoded_reply) {
  client_.waits_for_reply = client_.ends_when_it_leaves = false;
  replies_ += encoded_reply;
  flush();
  execute_waiting_commands();
}

void Connection::push(std::string_view encoded) {
  constexpr size_t kMostPushed = size_t{32} << 20;  // as Redis' client-output-buffer-limit for pubsub
  if (pushes_.size() > kMostPushed) return;         // it is ended soon
  if (pushes_.empty()) {
    server_.call_later(*this, {}, [](Connection& connection) { connection.send_pushes(); });
  }
  pushes_ += encoded;
}

void Connection::send_pushes() {
  constexpr size_t kMostUnread = size_t{32} << 20;
  const std::string pushes = server_.take_pushes(*this);
  if (is_closed() || saying_goodbye_) return;
  replies_ += pushes;
  flush();
  if (!is_closed() && unsent() > kMostUnread) end();
}

// Commands that had to wait: for a reply, or for the client to read its replies.
void Connection::execute_waiting_commands() {
  size_t before = 0;
  while (!is_closed() && !saying_goodbye_ && !pipeline_.is_empty() && pipeline_.size() != before) {
    before = pipeline_.size();
    receive_plaintext({});
    flush();
  }
}

void Connection::encrypt_replies() {
  if (replies_.empty()) return;
  SpareBuffers::of_this_thread().lend(output());
  if (session_ != nullptr) {
    session_->write(replies_);
  } else {
    plain_output_ += replies_;
  }
}

void Connection::flush() {
  if (is_sealed_) return;
  if (unsent() == replies_.size()) last_sent_ = loop_.now();  // nothing was owed till now
  encrypt_replies();
  SpareBuffers::of_this_thread().take_back(replies_);
  if (!send_output()) return end();
  account_for_unsent();
  if (client_.close_after_reply && !saying_goodbye_) {
    goodbye();
    return;
  }
  if (saying_goodbye_ && unsent() == 0) return finish_goodbye();
  update_interest();
}

bool Connection::owes_too_much() const {
  if (relays_) return unsent() >= kMostRelayed;
  return unsent() >= (server_.is_under_pressure() ? kMostUnsentUnderPressure : kMostUnsent);
}

void Connection::account_for_unsent() {
  const size_t now = is_closed() ? 0 : unsent();
  server_.change_owed(accounted_, now);
  accounted_ = now;
}

bool Connection::send_output() {
  std::string& bytes = output();
  if (bytes.empty()) return true;
  const size_t before = bytes.size() - output_sent_;
  const bool ok = send_some(fd_.get(), bytes, output_sent_);
  const size_t sent = before - (bytes.size() - output_sent_);
  if (sent > 0) {
    last_sent_ = loop_.now();
    server_.count_output(sent);
  }
  return ok;
}

void Connection::update_interest() {
  uint32_t wanted = 0;
  if (unsent() > 0) wanted |= EPOLLOUT;
  // A client that doesn't read its replies, or waits for one, isn't read from: TCP tells it to stop.
  if (!owes_too_much() && !client_.waits_for_reply) wanted |= EPOLLIN;
  // What it waits for would be lost if it had gone.
  if (client_.ends_when_it_leaves) wanted |= EPOLLRDHUP;
  if (upstream_ != nullptr) {
    if (upstream_->unsent() >= kMostRelayed) wanted &= ~uint32_t{EPOLLIN};
    upstream_->set_reading(!owes_too_much());
  }
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_.change(fd_.get(), interest_, *this);
}

bool Connection::goodbye() {
  if (is_closed() || goodbye_said_) return true;
  if (!drain_upstream()) return false;
  if (!saying_goodbye_) {
    if (is_handshaking()) {
      close();  // there is nothing to flush
      return true;
    }
    begin_goodbye();
  }
  is_sealed_ = false;
  flush();
  return is_closed() || goodbye_said_;
}

void Connection::begin_goodbye() {
  saying_goodbye_ = true;
  if (upstream_ != nullptr) upstream_->close();
  client_.waits_for_reply = false;
  encrypt_replies();
  replies_.clear();
  if (session_ != nullptr) session_->close();
}

void Connection::seal_with(std::string_view encoded_reply) {
  if (is_closed() || saying_goodbye_) return;
  replies_ += encoded_reply;
  begin_goodbye();
  if (session_ != nullptr) plain_output_ = std::move(session_->output());
  session_.reset();
  is_sealed_ = true;
  server_.leave_slot(client_);
}

// What is under way is waited for a little; nothing more is taken from the client meanwhile. True when there
// is nothing to wait for.
bool Connection::drain_upstream() {
  if (upstream_ == nullptr || is_drained_ || saying_goodbye_ || is_handshaking()) return true;
  is_drained_ = true;
  if (!upstream_->awaits_reply()) return true;
  client_.waits_for_reply = true;
  update_interest();
  server_.call_later(*this, kDrainTime, [](Connection& connection) { connection.goodbye(); });
  return false;
}

// All is sent: shuts our side and leaves the socket open a little, because closing it with unread bytes in it
// would make TCP throw away what the peer has not read yet.
void Connection::finish_goodbye() {
  goodbye_said_ = true;
  session_.reset();
  server_.leave_slot(client_);
  ::shutdown(fd_.get(), SHUT_WR);
  if (std::exchange(interest_, EPOLLIN) != EPOLLIN) loop_.change(fd_.get(), interest_, *this);
  server_.call_later(*this, kLinger, [](Connection& connection) { connection.end(); });
  server_.on_connection_ended(client_.id);
}

void Connection::close() {
  if (is_closed()) return;
  fd_.reset();  // epoll forgets it
  session_.reset();
  if (upstream_ != nullptr) upstream_->close();
  account_for_unsent();
  server_.on_connection_closed(client_.id);
}

void Connection::end() {
  close();
  server_.on_connection_ended(client_.id);
}

size_t Connection::unsent() const {
  const std::string& bytes = session_ != nullptr ? session_->output() : plain_output_;
  return replies_.size() + bytes.size() - output_sent_;
}

}  // namespace server
