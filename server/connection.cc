#include "server/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/words.h"
#include "resp/encoder.h"
#include "server/server.h"

namespace server {
namespace {

using Status = tls::Session::Status;

constexpr size_t kReadSize = 256 * 1024;
constexpr size_t kPlaintextSize = 64 * 1024;
// Beyond it, no command is executed until the client reads. Many clients read nothing before they have sent
// all, so it is small only while all clients together leave too much unread.
constexpr size_t kMostUnsent = size_t{64} << 20;
constexpr size_t kMostUnsentUnderPressure = size_t{256} << 10;
// Beyond these, a client, or the upstream, isn't read from until the other side takes what it is owed.
constexpr size_t kMostRelayed = size_t{1} << 20;
constexpr std::chrono::milliseconds kDrainTime{80};  // for replies that are under way at the end
constexpr std::chrono::seconds kConnectTime{5};

constexpr size_t kKeptCapacity = 64 * 1024;  // larger buffers are given back when they are empty
constexpr std::chrono::seconds kLinger{1};   // for the peer to read our goodbye and close its side

// Redis' limits for clients that have not authenticated.
constexpr size_t kStrangersBulk = 16 * 1024;
constexpr size_t kStrangersElements = 10;

void release(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > kKeptCapacity) std::string().swap(buffer);
}

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
    release(bytes);
    sent = 0;
  }
  return true;
}

}  // namespace

Connection::Connection(Server& server, base::FileDescriptor fd, Kind kind, Client client)
    : server_(server),
      fd_(std::move(fd)),
      kind_(kind),
      client_(std::move(client)),
      relays_(kind != Kind::kAdmin && server.upstream_route() != nullptr) {
  decoder_.limits().allow_inline = true;
  interest_ = EPOLLIN;
  server_.loop().add(fd_.get(), interest_, *this);
}

Connection::~Connection() { close(); }

void Connection::on_ready(uint32_t epoll_events) {
  if (is_closed()) return;
  if ((epoll_events & (EPOLLERR | EPOLLHUP)) != 0 && (epoll_events & EPOLLIN) == 0) return end();
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
  client_.last_active = std::chrono::steady_clock::now();
  const std::string_view bytes(buffer.data(), static_cast<size_t>(count));
  if (kind_ != Kind::kTls) return receive_plaintext(bytes);
  if (session_ == nullptr && !start_session()) return end();
  receive_tls(bytes);
}

bool Connection::start_session() {
  const auto& slot = server_.slots().current();
  if (!slot) return false;
  slot_ = slot->number;
  session_ = std::make_unique<tls::Session>(slot->context);
  return true;
}

void Connection::receive_tls(std::string_view ciphertext) {
  static thread_local std::array<char, kPlaintextSize> plaintext;
  const bool was_established = session_->is_established();
  session_->feed(ciphertext);
  Status status = session_->handshake();
  if (!was_established && session_->is_established()) server_.on_handshake(*this);
  while (status == Status::kOk && !is_closed() && !client_.close_after_reply) {
    size_t length = 0;
    status = session_->read(plaintext.data(), plaintext.size(), length);
    if (length > 0) receive_plaintext({plaintext.data(), length});
  }
  if (is_closed()) return;
  session_->settle();
  if (status == Status::kFailed) {
    server_.on_tls_failure(*this, session_->error());
    send_ciphertext();  // the alert that says why
    end();
  } else if (status == Status::kClosed) {
    goodbye();
  }
}

void Connection::receive_plaintext(std::string_view plaintext) {
  if (relays_) return relay(plaintext);
  if (client_.waits_for_reply || owes_too_much()) {
    input_ += plaintext;
    return;
  }
  if (input_.empty()) {
    const size_t executed = execute_complete_commands(plaintext);
    input_.assign(plaintext.substr(executed));
    return;
  }
  input_ += plaintext;
  const size_t executed = execute_complete_commands(input_);
  if (executed == input_.size()) {
    release(input_);
  } else {
    input_.erase(0, executed);
  }
}

// Bytes as they come: what they mean is between the client and the upstream.
void Connection::relay(std::string_view plaintext) {
  if (plaintext.empty()) return;
  if (upstream_ == nullptr) {
    try {
      upstream_ = std::make_unique<Upstream>(server_.loop(), *server_.upstream_route(), *this);
    } catch (const base::Error& error) {
      return on_upstream_ended(error.what());
    }
    server_.give_up_connecting_later(client_.id, kConnectTime);
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
  on_upstream_ended(server_.upstream_route()->name + ": can't connect: it doesn't answer");
}

void Connection::on_upstream_ended(const std::string& reason) {
  if (is_closed() || goodbye_said_) return;
  is_drained_ = true;
  if (!reason.empty()) {
    server_.on_upstream_failure(*this, reason);
    resp::Encoder(replies_, client_.protocol)
        .error("ERR the server behind this one can't be reached: " + reason);
  }
  client_.close_after_reply = true;
  if (!is_receiving_) flush();  // else the session is at work, and on_ready() flushes
}

size_t Connection::execute_complete_commands(std::string_view plaintext) {
  size_t executed = 0;
  while (executed < plaintext.size() && !client_.close_after_reply && !client_.waits_for_reply &&
         !owes_too_much()) {
    resp::Limits& limits = decoder_.limits();
    limits.bulk = client_.authenticated ? resp::Limits().bulk : kStrangersBulk;
    limits.elements = client_.authenticated ? resp::Limits().elements : kStrangersElements;
    const std::string_view frame = plaintext.substr(executed);
    const auto status = decoder_.decode(frame);
    if (status == resp::Decoder::Status::kIncomplete) break;
    if (status == resp::Decoder::Status::kInvalid) {
      resp::Encoder(replies_, client_.protocol).error("ERR " + decoder_.error());
      client_.close_after_reply = true;
      break;
    }
    execute_frame(frame);
    executed += decoder_.consumed();
    account_for_unsent();
  }
  return client_.close_after_reply ? plaintext.size() : executed;
}

void Connection::execute_frame(std::string_view frame) {
  const auto& nodes = decoder_.nodes();
  if (nodes.front().type == resp::Type::kNull) return;  // "*-1", which Redis ignores
  if (nodes.front().type == resp::Type::kInline) {
    const auto words = base::split_words(nodes.front().text(frame));
    if (!words) {
      resp::Encoder(replies_, client_.protocol).error("ERR Protocol error: unbalanced quotes in request");
      client_.close_after_reply = true;
    } else if (!words->empty()) {
      server_.execute(*this, client_, {words->begin(), words->end()}, replies_);
    }
    return;
  }
  std::vector<std::string_view> words;
  words.reserve(nodes.size());
  bool is_command = nodes.front().type == resp::Type::kArray;
  for (size_t i = 1; i < nodes.size(); ++i) {
    is_command = is_command && nodes[i].type == resp::Type::kBulkString;
    words.push_back(nodes[i].text(frame));
  }
  if (!is_command) {
    resp::Encoder(replies_, client_.protocol)
        .error("ERR Protocol error: a command is an array of bulk strings");
    client_.close_after_reply = true;
  } else if (!words.empty()) {
    server_.execute(*this, client_, words, replies_);
  }
}

void Connection::resume_with(std::string_view encoded_reply) {
  client_.waits_for_reply = false;
  replies_ += encoded_reply;
  flush();
  execute_waiting_commands();
}

// Commands that had to wait: for a reply, or for the client to read its replies.
void Connection::execute_waiting_commands() {
  size_t before = 0;
  while (!is_closed() && !saying_goodbye_ && !input_.empty() && input_.size() != before) {
    before = input_.size();
    receive_plaintext({});
    flush();
  }
}

void Connection::flush() {
  if (!replies_.empty()) {
    if (unsent() == replies_.size())
      last_sent_ = std::chrono::steady_clock::now();  // nothing was owed till now
    if (session_ != nullptr) {
      session_->write(replies_);
    } else {
      plain_output_ += replies_;
    }
    release(replies_);
  }
  if (!send_ciphertext()) return end();
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

bool Connection::send_ciphertext() {
  std::string& output = session_ != nullptr ? session_->output() : plain_output_;
  if (output.empty()) return true;
  const size_t before = output.size() - output_sent_;
  const bool ok = send_some(fd_.get(), output, output_sent_);
  if (output.size() - output_sent_ < before) last_sent_ = std::chrono::steady_clock::now();
  return ok;
}

void Connection::update_interest() {
  uint32_t wanted = 0;
  if (unsent() > 0) wanted |= EPOLLOUT;
  // A client that doesn't read its replies, or waits for one, isn't read from: TCP tells it to stop.
  if (!owes_too_much() && !client_.waits_for_reply) wanted |= EPOLLIN;
  if (upstream_ != nullptr) {
    if (upstream_->unsent() >= kMostRelayed) wanted &= ~uint32_t{EPOLLIN};
    upstream_->set_reading(!owes_too_much());
  }
  if (wanted == interest_) return;
  interest_ = wanted;
  server_.loop().change(fd_.get(), interest_, *this);
}

bool Connection::goodbye() {
  if (is_closed() || goodbye_said_) return true;
  if (!drain_upstream()) return false;
  if (!saying_goodbye_) {
    saying_goodbye_ = true;
    if (upstream_ != nullptr) upstream_->close();
    client_.waits_for_reply = false;
    if (session_ != nullptr && !session_->is_established()) {
      close();  // half a handshake: there is nothing to flush
      return true;
    }
    if (!replies_.empty() && session_ != nullptr) session_->write(replies_);
    if (session_ == nullptr) plain_output_ += replies_;
    release(replies_);
    if (session_ != nullptr) session_->close();
  }
  flush();
  return is_closed() || goodbye_said_;
}

// What is under way is waited for a little; nothing more is taken from the client meanwhile. True when there
// is nothing to wait for.
bool Connection::drain_upstream() {
  if (upstream_ == nullptr || is_drained_ || saying_goodbye_ || is_handshaking()) return true;
  is_drained_ = true;
  if (!upstream_->awaits_reply()) return true;
  client_.waits_for_reply = true;
  update_interest();
  server_.say_goodbye_later(client_.id, kDrainTime);
  return false;
}

// All is sent: shuts our side and leaves the socket open a little, because closing it with unread bytes in it
// would make TCP throw away what the peer has not read yet.
void Connection::finish_goodbye() {
  goodbye_said_ = true;
  session_.reset();
  ::shutdown(fd_.get(), SHUT_WR);
  interest_ = EPOLLIN;
  server_.loop().change(fd_.get(), interest_, *this);
  server_.close_later(client_.id, kLinger);
  server_.on_connection_ended(client_.id);
}

void Connection::close() {
  if (is_closed()) return;
  server_.loop().remove(fd_.get());
  fd_.reset();
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
  return replies_.size() + (session_ != nullptr ? session_->output().size() : plain_output_.size()) -
         output_sent_;
}

}  // namespace server
