#include "rotate/client_list.h"

#include <charconv>

namespace rotate {
namespace {

template <typename Number>
Number to_number(std::string_view text) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The next part of `text` up to the separator, which is removed.
std::string_view take(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

ListedClient parse_client(std::string_view line) {
  ListedClient client;
  while (!line.empty()) {
    std::string_view value = take(line, ' ');
    const std::string_view name = take(value, '=');
    if (name == "id") client.id = to_number<uint64_t>(value);
    if (name == "addr") client.address = value;
    if (name == "name") client.name = value;
    if (name == "user") client.user = value;
    if (name == "age") client.age = std::chrono::seconds(to_number<uint32_t>(value));
    if (name == "laddr") client.local_port = to_number<uint16_t>(value.substr(value.rfind(':') + 1));
    if (name == "flags") client.is_link = value.find_first_of("SM") != std::string_view::npos;
    const bool is_backlog = name == "qbuf" || name == "obl" || name == "oll" || name == "omem";
    if (is_backlog) client.is_busy = client.is_busy || value != "0";
  }
  return client;
}

}  // namespace

std::vector<ListedClient> parse_client_list(std::string_view text) {
  std::vector<ListedClient> clients;
  while (!text.empty()) {
    const std::string_view line = take(text, '\n');
    if (!line.empty()) clients.push_back(parse_client(line.substr(0, line.find('\r'))));
  }
  return clients;
}

}  // namespace rotate
