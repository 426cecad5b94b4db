// Any text is a batch, an openssl index, or an error.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "pki/batch.h"
#include "pki/openssl_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    pki::parse_batch(text, "fuzz", [](const std::string&, pki::Profile) { return pki::LineageSettings(); });
  } catch (const base::Error&) {
  }
  try {
    pki::parse_openssl_index(text, "fuzz");
  } catch (const base::Error&) {
  }
  return 0;
}
