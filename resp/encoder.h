#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace resp {

// Appends replies to a string in the protocol version that the peer speaks, 2 or 3.
class Encoder {
 public:
  Encoder(std::string& out, int protocol) : out_(out), protocol_(protocol) {}

  void set_protocol(int protocol) { protocol_ = protocol; }

  void simple_string(std::string_view text);  // no CR or LF in it
  void ok() { simple_string("OK"); }
  void error(std::string_view message);  // "ERR …"; line ends become spaces
  void integer(int64_t number);
  void bulk_string(std::string_view bytes);
  void encoded(std::string_view reply) { out_ += reply; }  // one that is the same in both versions
  void verbatim_text(std::string_view text);               // RESP2: a bulk string
  void null();
  void array(size_t elements);
  void map(size_t pairs);  // RESP2: an array of twice as many

 private:
  void header(char type, size_t number);

  std::string& out_;
  int protocol_;
};

// A command as clients send it: an array of bulk strings.
void append_command(std::string& out, const std::vector<std::string_view>& words);

}  // namespace resp
