#pragma once

#include <memory>
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
};

class PlainStream : public Stream {
 public:
  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {}
  size_t read(char* buffer, size_t size, Deadline deadline) override {
    return socket_.read(buffer, size, deadline);
  }
  void write(std::string_view bytes, Deadline deadline) override { socket_.write(bytes, deadline); }

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
  // server's refusal of the client's certificate comes with the first read.
  TlsStream(Socket socket, std::shared_ptr<const Context> context, Deadline deadline);
  ~TlsStream() override;

  size_t read(char* buffer, size_t size, Deadline deadline) override;
  void write(std::string_view bytes, Deadline deadline) override;

  const HandshakeResult& handshake() const { return handshake_; }

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
