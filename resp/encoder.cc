#include "resp/encoder.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace resp {
namespace {

template <typename Number>
void append_number(std::string& out, Number number) {
  char text[24];
  const auto result = std::to_chars(text, text + sizeof text, number);
  out.append(text, result.ptr);
}

}  // namespace

void Encoder::header(char type, size_t number) {
  out_ += type;
  append_number(out_, number);
  out_ += "\r\n";
}

void Encoder::simple_string(std::string_view text) {
  out_ += '+';
  out_ += text;
  out_ += "\r\n";
}

void Encoder::error(std::string_view message) {
  out_ += '-';
  const size_t start = out_.size();
  out_ += message;
  std::replace_if(
      out_.begin() + static_cast<long>(start), out_.end(), [](char c) { return c == '\r' || c == '\n'; },
      ' ');
  out_ += "\r\n";
}

void Encoder::integer(int64_t number) {
  out_ += ':';
  append_number(out_, number);
  out_ += "\r\n";
}

void Encoder::bulk_string(std::string_view bytes) {
  header('$', bytes.size());
  out_ += bytes;
  out_ += "\r\n";
}

void Encoder::verbatim_text(std::string_view text) {
  if (protocol_ < 3) return bulk_string(text);
  header('=', text.size() + 4);
  out_ += "txt:";
  out_ += text;
  out_ += "\r\n";
}

void Encoder::null() { out_ += protocol_ < 3 ? "$-1\r\n" : "_\r\n"; }

void Encoder::null_array() { out_ += protocol_ < 3 ? "*-1\r\n" : "_\r\n"; }

void Encoder::number(double value) {
  char text[40];
  // Seventeen digits tell every double apart, and printf writes infinity as Redis does.
  const int length = std::snprintf(text, sizeof text, "%.17g", value);
  const std::string_view written(text, static_cast<size_t>(length));
  if (protocol_ < 3) return bulk_string(written);
  out_ += ',';
  out_ += written;
  out_ += "\r\n";
}

void Encoder::array(size_t elements) { header('*', elements); }

void Encoder::set(size_t elements) { header(protocol_ < 3 ? '*' : '~', elements); }

void Encoder::push(size_t elements) { header(protocol_ < 3 ? '*' : '>', elements); }

void Encoder::map(size_t pairs) {
  if (protocol_ < 3) return header('*', pairs * 2);
  header('%', pairs);
}

void append_command(std::string& out, const std::vector<std::string_view>& words) {
  Encoder encoder(out, 2);
  encoder.array(words.size());
  for (const std::string_view word : words) encoder.bulk_string(word);
}

}  // namespace resp
