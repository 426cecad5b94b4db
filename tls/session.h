#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/certificate.h"
#include "pki/finding.h"
#include "tls/context.h"

namespace tls {

// What a handshake showed.
struct HandshakeResult {
  std::string protocol;         // "TLSv1.3"
  std::string cipher;           // "TLS_AES_256_GCM_SHA384"
  bool resumed = false;         // from a ticket: the peer proved nothing anew
  pki::CertificateChain chain;  // the peer's certificates, leaf first; empty when it sent none
  pki::Findings verification;   // client side: what is wrong with the server's certificate
};

// TLS without I/O: ciphertext in and out, plaintext in and out. Belongs to one thread at a time.
//
//   session.feed(received);
//   while (session.read(buffer, n) == kOk) use(buffer, n);
//   send(session.output());
class Session {
 public:
  enum class Status {
    kOk,
    kNeedsInput,  // nothing more to do until the peer sends something
    kClosed,      // the peer said close_notify: there will be no more plaintext
    kFailed,      // error() says why; output() may hold an alert for the peer
  };

  explicit Session(std::shared_ptr<const Context> context);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Lends ciphertext from the peer. It is read by the calls that follow; what they leave is kept by settle(),
  // which must be called before the bytes go away.
  void feed(std::string_view ciphertext);
  void settle();

  // Starts or continues the handshake. read() does so by itself.
  Status handshake();
  bool is_established() const;
  bool is_resumed() const;  // when established: from a ticket

  // The client's side of resumption (RFC 8446, 2.2; RFC 5077). What a later session may offer to the server;
  // null when the server has given nothing: under TLS 1.3 it comes after the handshake.
  SslPtr<SSL_SESSION> resumable() const;
  // Before the handshake. The server decides.
  void offer(SSL_SESSION& earlier);

  // Reads at most `capacity` bytes of plaintext. kOk: `length` is at least 1.
  Status read(char* buffer, size_t capacity, size_t& length);

  // Encrypts all of it into output(). Only when established.
  Status write(std::string_view plaintext);

  // Queues close_notify.
  void close();

  // Ciphertext for the peer, in order. The session only appends; the caller clears what it has sent.
  std::string& output();

  // All that was fed is read: another read() would only say kNeedsInput.
  bool is_drained() const;
  // The start of a record is in here, and its end has not come yet.
  bool is_within_record() const;

  HandshakeResult result() const;
  const std::string& error() const { return error_; }

 private:
  struct Io;  // what the BIO reads from and writes to

  Status status_of(int result);
  static int verify_server(X509_STORE_CTX* store_context, void* unused);
  friend class Context;

  std::shared_ptr<const Context> context_;
  std::unique_ptr<Io> io_;
  SslPtr<SSL> ssl_;
  std::string error_;
  pki::CertificateChain server_chain_;
  pki::Findings verification_;
};

}  // namespace tls
