#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "resp/decoder.h"

namespace server {

class Connection;
class Server;
struct Client;

// From plaintext to replies: finds the commands in what a client sends and executes them, in order and
// several under one lock. What is not executed yet is kept: the start of a command, and commands behind one
// whose reply is put off or that the client must read replies for first.
class Pipeline {
 public:
  Pipeline(Server& server, Connection& connection, Client& client, std::string& replies);

  void take(std::string_view plaintext);

  bool is_empty() const { return rest_.empty(); }
  size_t size() const { return rest_.size(); }  // bytes that are kept

 private:
  bool may_go_on() const;
  resp::Limits& limits();
  size_t execute_all(std::string_view plaintext);
  size_t execute_scanned(std::string_view plaintext);
  size_t execute_decoded(std::string_view plaintext);
  void execute_frame(std::string_view frame);
  void refuse(std::string_view error);

  Server& server_;
  Connection& connection_;
  Client& client_;
  std::string& replies_;
  resp::Decoder decoder_;
  bool has_begun_frame_ = false;  // the decoder has seen the start of the first command of rest_
  std::string rest_;              // from the start of a command
};

}  // namespace server
