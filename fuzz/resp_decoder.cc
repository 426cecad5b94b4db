// The decoder must give the same frames however the bytes are split, and never read beyond them.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "resp/decoder.h"
#include "resp/value.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using Status = resp::Decoder::Status;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const resp::Limits limits{.bulk = 4096, .elements = 256, .depth = 8, .line = 512, .allow_inline = true};
  resp::Decoder whole(limits);
  resp::Decoder split(limits);
  while (!rest.empty()) {
    const Status status = whole.decode(rest);
    Status split_status = split.decode(rest.substr(0, rest.size() / 2));
    if (split_status == Status::kIncomplete) split_status = split.decode(rest);
    if (split_status != status) std::abort();
    if (status != Status::kComplete) return 0;
    if (split.consumed() != whole.consumed() || whole.consumed() == 0) std::abort();
    resp::to_value(whole.nodes(), rest);
    rest.remove_prefix(whole.consumed());
  }
  return 0;
}
