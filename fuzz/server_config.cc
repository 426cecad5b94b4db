// Any text is a configuration or an error.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "server/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    server::Config config;
    server::apply_config_text(config, {reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const base::Error&) {
  }
  return 0;
}
