#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "server/client.h"
#include "server/event_loop.h"
#include "server/pipeline.h"
#include "server/upstream.h"
#include "tls/session.h"

namespace server {

class Server;

// One client: socket, TLS session, pipeline and bounded output. Each wake-up makes one large read, executes
// every complete command in it, and sends all replies in one write. Life ends in two steps: goodbye() flushes
// what is owed, and close() cuts.
//
// It belongs to one event loop, and what it promises is called in that loop's thread, without the server's
// lock.
class Connection : public EventLoop::Handler {
 public:
  enum class Kind { kPlain, kTls, kAdmin };  // kAdmin: executes commands here though there is an upstream

  Connection(Server& server, EventLoop& loop, base::FileDescriptor fd, Kind kind, Client client);
  ~Connection() override;

  void start();  // to wait for what the client sends

  void on_ready(uint32_t epoll_events) override;

  // Gives the reply that a command has put off, then goes on with the commands that waited.
  void resume_with(std::string_view encoded_reply);

  // Encrypts the last reply and close_notify, so that the connection is done with its certificate; goodbye()
  // then sends them.
  void seal_with(std::string_view encoded_reply);

  // With the server's lock, by any thread: messages, which it sends when its loop comes to it, or before the
  // reply to its next command.
  void push(std::string_view encoded);
  bool has_pushes() const { return !pushes_.empty(); }
  std::string take_pushes() { return std::exchange(pushes_, {}); }

  // Of the upstream.
  void relay_reply(std::string_view bytes);
  void on_upstream_sent();
  void give_up_connecting();
  void on_upstream_ended(const std::string& reason);  // empty: it closed the connection in order

  // Executes nothing more; sends what is owed and close_notify, then closes. Returns true when that is done
  // at once. Whoever waits for the rest is told by Server::on_connection_ended().
  bool goodbye();

  // Closes now; owed replies are lost.
  void close();
  void end();  // and tells who waits for it

  EventLoop& loop() const { return loop_; }  // by any thread, as the next two
  const Client& client() const { return client_; }
  Client& client() { return client_; }  // with the server's lock
  std::chrono::steady_clock::time_point last_active() const { return last_active_; }

  // A TLS client whose handshake has not been done yet, or not begun.
  bool is_before_handshake() const {
    return kind_ == Kind::kTls && (session_ == nullptr || !session_->is_established());
  }
  bool is_closed() const { return !fd_.is_open(); }
  bool has_said_goodbye() const { return goodbye_said_; }
  bool owes_too_much() const;
  size_t unsent() const;  // bytes of replies that the socket has not taken
  std::chrono::steady_clock::time_point last_sent() const { return last_sent_; }
  const tls::Session* session() const { return session_.get(); }

 private:
  void receive();
  bool start_session();
  bool refuse_wrong_protocol(std::string_view first_bytes);
  void send_pushes();
  void receive_tls(std::string_view ciphertext);
  void receive_plaintext(std::string_view plaintext);
  void execute_waiting_commands();
  void relay(std::string_view plaintext);
  bool drain_upstream();
  void flush();
  void encrypt_replies();
  bool send_output();
  void acknowledge();
  void account_for_unsent();
  void update_interest();
  void begin_goodbye();
  void finish_goodbye();

  bool is_handshaking() const { return session_ != nullptr && !session_->is_established(); }
  std::string& output() { return session_ != nullptr ? session_->output() : plain_output_; }

  Server& server_;
  EventLoop& loop_;
  base::FileDescriptor fd_;
  const Kind kind_;
  Client client_;
  std::atomic<std::chrono::steady_clock::time_point> last_active_;
  std::unique_ptr<tls::Session> session_;
  const bool relays_;  // to the upstream
  std::unique_ptr<Upstream> upstream_;
  std::string pushes_;        // with the server's lock
  std::string replies_;       // plaintext to be sent
  std::string plain_output_;  // without TLS: what the socket did not take yet
  Pipeline pipeline_;
  size_t accounted_ = 0;    // so much of unsent() is in the server's sum
  size_t output_sent_ = 0;  // so many bytes of output() are sent
  // When the socket last took something, or nothing was owed.
  std::chrono::steady_clock::time_point last_sent_;
  uint32_t interest_ = 0;
  bool has_received_ = false;
  bool is_receiving_ = false;
  bool is_drained_ = false;  // what the upstream owed has come, or its time is up
  bool is_sealed_ = false;   // what it owes must not be sent yet
  bool saying_goodbye_ = false;
  bool goodbye_said_ = false;  // all is sent and the sending side is shut; only the peer's end is awaited
};

}  // namespace server
