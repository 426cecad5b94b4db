#include "server/replies.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "base/words.h"
#include "server/glob.h"
#include "server/server.h"

namespace server {

void reply_syntax_error(Call& call) { call.reply.error("ERR syntax error"); }

void reply_not_an_integer(Call& call) { call.reply.error("ERR value is not an integer or out of range"); }

void reply_wrong_type(Call& call) {
  call.reply.error("WRONGTYPE Operation against a key holding the wrong kind of value");
}

void reply_wrong_number_of_arguments(Call& call, std::string_view command) {
  call.reply.error("ERR wrong number of arguments for '" + std::string(command) + "' command");
}

void reply_simple_help(Call& call) {
  const Command& command = *find_command(call.words[0]);
  std::string title = base::lower_case(command.name);
  for (char& c : title) c = static_cast<char>(c - 'a' + 'A');
  call.reply.array(command.subcommands.size() + 1);
  call.reply.simple_string(title + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const Command& subcommand : command.subcommands) {
    call.reply.simple_string(subcommand.name.substr(command.name.size() + 1));
  }
}

std::optional<int64_t> to_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  const bool is_zero = text == "0";
  if (!is_zero && (digits.empty() || digits[0] < '1' || digits[0] > '9')) return std::nullopt;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

namespace {

// By strtod and its like, which Redis uses: they know hexadecimal and "inf".
template <typename Float, typename Parse>
std::optional<Float> to_float(std::string_view text, Parse parse) {
  constexpr size_t kMostDigits = 255;
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  if (text.empty() || text.size() > kMostDigits || is_space(text[0])) return std::nullopt;
  const std::string terminated(text);
  char* end = nullptr;
  const Float number = parse(terminated.c_str(), &end);
  if (end != terminated.c_str() + terminated.size() || std::isnan(number)) return std::nullopt;
  // What is too large is an error, unless infinity was asked for.
  if (std::isinf(number) && text.find_first_of("iI") == std::string_view::npos) return std::nullopt;
  return number;
}

}  // namespace

std::optional<double> to_double(std::string_view text) { return to_float<double>(text, std::strtod); }

std::optional<long double> to_long_double(std::string_view text) {
  return to_float<long double>(text, std::strtold);
}

std::string format_long_double(long double number) {
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char text[5 * 1024];
  auto length = static_cast<size_t>(std::snprintf(text, sizeof text, "%.17Lf", number));
  std::string written(text, length);
  if (written.find('.') != std::string::npos) {
    written.erase(written.find_last_not_of('0') + 1);
    if (written.ends_with('.')) written.pop_back();
  }
  return written == "-0" ? "0" : written;
}

std::optional<int64_t> parse_integer(Call& call, std::string_view text) {
  const auto number = to_integer(text);
  if (!number) reply_not_an_integer(call);
  return number;
}

std::optional<double> parse_float(Call& call, std::string_view text) {
  const auto number = to_double(text);
  if (!number) call.reply.error("ERR value is not a valid float");
  return number;
}

std::optional<int64_t> parse_in_range(Call& call, std::string_view text, int64_t least, int64_t most,
                                      std::string_view error) {
  const auto number = to_integer(text);
  if (number && *number >= least && *number <= most) return number;
  call.reply.error(error);
  return std::nullopt;
}

bool find_string(Call& call, std::string_view key, const store::Keyspace::Entry*& found) {
  found = call.find(key);
  if (found == nullptr || found->type() == store::ValueType::kString) return true;
  reply_wrong_type(call);
  return false;
}

bool ScanOptions::wants(std::string_view text) const { return pattern == "*" || fits_glob(pattern, text); }

bool read_scan_cursor(Call& call, size_t at, ScanOptions& options) {
  const std::string_view cursor = call.argument(at);
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), options.cursor);
  if (error == std::errc{} && end == cursor.data() + cursor.size()) return true;
  call.reply.error("ERR invalid cursor");
  return false;
}

bool read_scan_options(Call& call, size_t at, bool knows_type, ScanOptions& options) {
  for (size_t i = at; i < call.arguments(); i += 2) {
    const bool has_value = i + 1 < call.arguments();
    if (has_value && call.argument_is(i, "count")) {
      const auto count = parse_integer(call, call.argument(i + 1));
      if (!count) return false;
      if (*count < 1) {
        reply_syntax_error(call);
        return false;
      }
      options.count = static_cast<uint64_t>(*count);
    } else if (has_value && call.argument_is(i, "match")) {
      options.pattern = call.argument(i + 1);
    } else if (has_value && knows_type && call.argument_is(i, "type")) {
      options.type = call.argument(i + 1);
    } else {
      reply_syntax_error(call);
      return false;
    }
  }
  return true;
}

void reply_scanned(Call& call, uint64_t cursor, size_t count, std::string_view encoded_elements) {
  call.reply.array(2);
  call.reply.bulk_string(std::to_string(cursor));
  call.reply.array(count);
  call.reply.encoded(encoded_elements);
}

uint64_t random_bits() {
  static thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator();
}

}  // namespace server
