#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/file.h"
#include "server/config.h"
#include "server/event_loop.h"
#include "tls/context.h"
#include "tls/session.h"

namespace server {

class Connection;

// The server behind this one, made ready for connecting: its address is looked up once.
struct UpstreamRoute {
  std::string name;  // as it was configured
  sockaddr_storage address{};
  socklen_t address_length = 0;
  std::shared_ptr<const tls::Context> context;  // null for plaintext
};

// Throws Error(kUsage) unless it is redis://HOST:PORT, rediss://HOST:PORT or unix:PATH.
void require_upstream(std::string_view text);

// By config.upstream; a TLS one is verified as tls-mode says, with the roots that clients are verified with,
// and sees our certificate. Throws Error: kUsage, kUnreachable when the host has no address.
UpstreamRoute make_upstream_route(const Config& config, const base::Clock& clock);

// The other half of one client's connection: bytes go to the server behind this one and come back, unread.
// Neither side is read from while the other doesn't take what it is owed.
class Upstream : public EventLoop::Handler {
 public:
  // Begins to connect.
  Upstream(EventLoop& loop, const UpstreamRoute& route, Connection& client);
  ~Upstream() override { close(); }

  void on_ready(uint32_t epoll_events) override;

  const std::string& name() const { return name_; }
  void send(std::string_view bytes);
  size_t unsent() const;  // bytes that it has not taken
  bool is_connecting() const { return connecting_ || (session_ != nullptr && !session_->is_established()); }
  bool awaits_reply() const { return awaits_reply_; }  // nothing has come since the last send()
  void set_reading(bool is_wanted);
  void close();

 private:
  void receive();
  void receive_tls(std::string_view ciphertext);
  void deliver(std::string_view bytes);
  void flush();
  void update_interest();
  void end(const std::string& reason);

  EventLoop& loop_;
  Connection& client_;
  std::string name_;
  base::FileDescriptor fd_;
  std::unique_ptr<tls::Session> session_;
  std::string waiting_;  // plaintext, until the handshake is done
  std::string output_;   // plaintext for a connection without TLS
  size_t sent_ = 0;      // so much of output_, or of the session's, is sent
  uint32_t interest_ = 0;
  bool connecting_ = true;
  bool is_reading_ = true;
  bool awaits_reply_ = false;
};

}  // namespace server
