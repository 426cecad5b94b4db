#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "tls/session.h"
#include "tls/socket.h"

namespace tls {

// A byte stream to a peer, blocking up to a deadline. Throws Error as Socket does.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual size_t read(char* buffer, size_t size, Deadline deadline) = 0;  // 0 at the end
  virtual void write(std::string_view bytes, Deadline deadline) = 0;

  // For who waits for many: what can be read now, nothing when there is none yet; and what to wait for.
  virtual std::optional<size_t> try_read(char* buffer, size_t size) = 0;
  virtual int descriptor() const = 0;
};

class PlainStream : public Stream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}
  size_t read(char* buffer, size_t size, Deadline deadline) override {
    return socket_.read(buffer, size, deadline);
  }
  void write(std::string_view bytes, Deadline deadline) override { socket_.write(bytes, deadline); }
  std::optional<size_t> try_read(char* buffer, size_t size) override {
    return socket_.try_read(buffer, size);
  }
  int descriptor() const override { return socket_.descriptor(); }

 private:
  Socket socket_;
};

// Handshakes until the server has shown its certificate, and says what was seen, even when the server then
// refuses us. Throws Error when no certificate came.
HandshakeResult observe_handshake(Socket socket, std::shared_ptr<const Context> context, Deadline deadline);

// The client's end of a TLS connection.
class TlsStream : public Stream {
 public:
  // Takes a connected socket through the handshake. Throws Error(kRefused) when the server's certificate
  // doesn't verify or the server rejects ours, and says which, if it is known by now: under TLS 1.3 a
  // server's refusal of the client's certificate comes with the first read. Offers to resume `earlier`,
  // unless it is null.
  TlsStream(Socket socket, std::shared_ptr<const Context> context, Deadline deadline,
            SSL_SESSION* earlier = nullptr);
  ~TlsStream() override;

  size_t read(char* buffer, size_t size, Deadline deadline) override;
  void write(std::string_view bytes, Deadline deadline) override;
  std::optional<size_t> try_read(char* buffer, size_t size) override;
  int descriptor() const override { return socket_.descriptor(); }

  // Says goodbye and waits until the server has gone: by then it has taken all that we sent.
  void end(Deadline deadline);

  const HandshakeResult& handshake() const { return handshake_; }
  SslPtr<SSL_SESSION> resumable() const { return session_.resumable(); }

 private:
  bool receive(Deadline deadline);  // false at the end of the stream
  void flush(Deadline deadline);
  void fail_with_alert(Deadline deadline);  // returns when there is none
  [[noreturn]] void fail();

  Socket socket_;
  Session session_;
  HandshakeResult handshake_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace tls
