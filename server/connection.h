#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "resp/decoder.h"
#include "server/event_loop.h"
#include "server/upstream.h"
#include "tls/session.h"

namespace server {

class Server;

// What commands know and change of the client they serve.
struct Client {
  uint64_t id = 0;
  std::string address;
  std::string name;
  std::string library_name;
  std::string library_version;
  std::string last_command;
  bool authenticated = false;
  int protocol = 2;
  int database = 0;
  std::chrono::steady_clock::time_point created;
  std::chrono::steady_clock::time_point last_active;
  bool close_after_reply = false;
  // A command has taken over the reply and gives it later; nothing that follows is executed until then.
  bool waits_for_reply = false;
};

// One client: socket, TLS session, decoder and bounded output. Each wake-up makes one large read, executes
// every complete command in it, and sends all replies in one write. Life ends in two steps: goodbye() flushes
// what is owed, and close() cuts.
class Connection : public EventLoop::Handler {
 public:
  enum class Kind { kPlain, kTls, kAdmin };  // kAdmin: executes commands here though there is an upstream

  Connection(Server& server, base::FileDescriptor fd, Kind kind, Client client);
  ~Connection() override;

  void on_ready(uint32_t epoll_events) override;

  // Gives the reply that a command has put off, then goes on with the commands that waited.
  void resume_with(std::string_view encoded_reply);

  // Appends a reply without going on; for a connection that ends with it.
  void append_reply(std::string_view encoded_reply) { replies_ += encoded_reply; }

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

  const Client& client() const { return client_; }
  bool is_tls() const { return kind_ == Kind::kTls; }
  bool is_closed() const { return !fd_.is_open(); }
  bool is_handshaking() const { return session_ != nullptr && !session_->is_established(); }
  bool is_saying_goodbye() const { return saying_goodbye_; }
  size_t unsent() const;  // bytes of replies that the socket has not taken
  std::chrono::steady_clock::time_point last_sent() const { return last_sent_; }
  int descriptor() const { return fd_.get(); }
  const tls::Session* session() const { return session_.get(); }

  // The number of the certificate slot that it belongs to: none before its first byte, none without TLS.
  std::optional<uint64_t> slot() const { return session_ != nullptr ? std::optional(slot_) : std::nullopt; }

 private:
  void receive();
  bool start_session();
  void receive_tls(std::string_view ciphertext);
  void receive_plaintext(std::string_view plaintext);
  size_t execute_complete_commands(std::string_view plaintext);
  void execute_waiting_commands();
  void relay(std::string_view plaintext);
  bool drain_upstream();
  void execute_frame(std::string_view frame);
  void flush();
  bool send_ciphertext();
  bool owes_too_much() const;
  void account_for_unsent();
  void update_interest();
  void finish_goodbye();
  void end();

  Server& server_;
  base::FileDescriptor fd_;
  const Kind kind_;
  Client client_;
  uint64_t slot_ = 0;
  std::unique_ptr<tls::Session> session_;
  const bool relays_;  // to the upstream
  std::unique_ptr<Upstream> upstream_;
  resp::Decoder decoder_;
  std::string input_;         // plaintext that is not executed yet, from the start of a frame
  std::string replies_;       // plaintext to be sent
  std::string plain_output_;  // Kind::kPlain: what the socket did not take yet
  size_t accounted_ = 0;      // so much of unsent() is in the server's sum
  size_t output_sent_ = 0;    // so many bytes of the session's output, or of plain_output_, are sent
  std::chrono::steady_clock::time_point
      last_sent_;  // when the socket last took something, or nothing was owed
  uint32_t interest_ = 0;
  bool is_receiving_ = false;
  bool is_drained_ = false;  // what the upstream owed has come, or its time is up
  bool saying_goodbye_ = false;
  bool goodbye_said_ = false;  // all is sent and the sending side is shut; only the peer's end is awaited
};

}  // namespace server
