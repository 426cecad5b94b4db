#include "tls/client.h"

#include "base/error.h"

namespace tls {
namespace {

using base::Error;
using base::ErrorKind;
using Status = Session::Status;

constexpr size_t kBufferSize = 16 * 1024;
constexpr std::chrono::milliseconds kGoodbyeTime{200};

// What a peer that doesn't speak TLS answers to a ClientHello makes OpenSSL say.
bool means_plaintext(const std::string& reason) {
  return reason == "wrong version number" || reason == "packet length too long" || reason == "http request" ||
         reason == "record layer failure";
}

constexpr std::string_view kDoubt = "; does it speak TLS there?";

Error handshake_error(const std::string& peer, const std::string& reason) {
  if (reason.empty()) {
    return Error(ErrorKind::kRefused,
                 peer + ": closed the connection during the TLS handshake" + std::string(kDoubt));
  }
  return Error(ErrorKind::kRefused, peer + ": the TLS handshake failed: " + reason +
                                        std::string(means_plaintext(reason) ? kDoubt : ""));
}

// Sends what the session has to say and hands it what comes back. False at the end of the stream.
bool exchange(Socket& socket, Session& session, char* buffer, Deadline deadline) {
  try {
    socket.write(session.output(), deadline);
    session.output().clear();
    const size_t count = socket.read(buffer, kBufferSize, deadline);
    session.feed({buffer, count});
    session.settle();
    return count > 0;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kTimeout) throw;
    throw Error(error.kind(),
                socket.peer() + ": no answer to the TLS handshake in time" + std::string(kDoubt));
  }
}

}  // namespace

TlsStream::TlsStream(Socket socket, std::shared_ptr<const Context> context, Deadline deadline,
                     SSL_SESSION* earlier)
    : socket_(std::move(socket)),
      session_(std::move(context)),
      buffer_(std::make_unique<char[]>(kBufferSize)) {
  if (earlier != nullptr) session_.offer(*earlier);
  Status status = session_.handshake();
  while (status == Status::kNeedsInput && exchange(socket_, session_, buffer_.get(), deadline)) {
    status = session_.handshake();
  }
  if (status != Status::kOk) {
    flush(deadline);  // the alert that says why
    throw handshake_error(socket_.peer(), session_.error());
  }
  flush(deadline);
  handshake_ = session_.result();
}

HandshakeResult observe_handshake(Socket socket, std::shared_ptr<const Context> context, Deadline deadline) {
  Session session(std::move(context));
  const auto buffer = std::make_unique<char[]>(kBufferSize);
  Status status = session.handshake();
  while (status == Status::kNeedsInput && exchange(socket, session, buffer.get(), deadline)) {
    status = session.handshake();
  }
  HandshakeResult result = session.result();
  if (result.chain.empty()) throw handshake_error(socket.peer(), session.error());
  return result;
}

TlsStream::~TlsStream() {
  try {
    session_.close();
    flush(deadline_in(kGoodbyeTime));
  } catch (const Error&) {
    // The peer is gone; there is nobody to say goodbye to.
  }
}

size_t TlsStream::read(char* buffer, size_t size, Deadline deadline) {
  while (true) {
    size_t length = 0;
    const Status status = session_.read(buffer, size, length);
    flush(deadline);
    if (status == Status::kOk) return length;
    if (status == Status::kClosed) return 0;
    if (status == Status::kFailed) fail();
    if (!receive(deadline)) return 0;
  }
}

std::optional<size_t> TlsStream::try_read(char* buffer, size_t size) {
  while (true) {
    size_t length = 0;
    const Status status = session_.read(buffer, size, length);
    if (status == Status::kOk) return length;
    if (status == Status::kClosed) return 0;
    if (status == Status::kFailed) fail();
    const auto count = socket_.try_read(buffer_.get(), kBufferSize);
    if (!count || *count == 0) return count;
    session_.feed({buffer_.get(), *count});
    session_.settle();
  }
}

void TlsStream::write(std::string_view bytes, Deadline deadline) {
  if (session_.write(bytes) != Status::kOk) fail();
  try {
    flush(deadline);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUnreachable) fail_with_alert(deadline);
    throw;
  }
}

void TlsStream::end(Deadline deadline) {
  try {
    session_.close();
    flush(deadline);
    while (socket_.read(buffer_.get(), kBufferSize, deadline) > 0) continue;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUnreachable) throw;  // gone is gone
  }
}

// A server that refuses our certificate under TLS 1.3 says so and closes; its alert may still lie unread.
void TlsStream::fail_with_alert(Deadline deadline) {
  char byte = 0;
  size_t length = 0;
  Status status = Status::kNeedsInput;
  while (status == Status::kNeedsInput && receive(deadline)) status = session_.read(&byte, 1, length);
  if (status == Status::kFailed) fail();
}

bool TlsStream::receive(Deadline deadline) {
  const size_t count = socket_.read(buffer_.get(), kBufferSize, deadline);
  session_.feed({buffer_.get(), count});
  session_.settle();
  return count > 0;
}

void TlsStream::flush(Deadline deadline) {
  if (session_.output().empty()) return;
  socket_.write(session_.output(), deadline);
  session_.output().clear();
}

void TlsStream::fail() {
  throw Error(ErrorKind::kRefused, socket_.peer() + ": TLS failed: " + session_.error());
}

}  // namespace tls
