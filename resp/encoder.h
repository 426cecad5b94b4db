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
  void number(double value);  // RESP2: a bulk string; as short as Redis writes it, "inf" and "-inf" too
  void null();
  void null_array();  // RESP2: "*-1"
  void array(size_t elements);
  void set(size_t elements);   // RESP2: an array
  void push(size_t elements);  // RESP2: an array
  void map(size_t pairs);      // RESP2: an array of twice as many
  int protocol() const { return protocol_; }
  std::string& out() { return out_; }  // for what is encoded already

 private:
  void header(char type, size_t number);

  std::string& out_;
  int protocol_;
};

// A command as clients send it: an array of bulk strings.
void append_command(std::string& out, const std::vector<std::string_view>& words);

}  // namespace resp
