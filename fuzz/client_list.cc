// CLIENT LIST of a server that may say anything: no more clients than lines.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rotate/client_list.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto clients = rotate::parse_client_list(text);
  if (clients.size() > static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1) std::abort();
  return 0;
}
