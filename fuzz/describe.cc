// Any bytes are certificates, requests, CRLs, keys or a keystore in words, or an error.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "pki/description.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::Secret bytes(std::string_view(reinterpret_cast<const char*>(data), size));
  const base::Secret passphrase(std::string_view("correct horse"));
  try {
    pki::describe_bytes(bytes, passphrase, "fuzz");
  } catch (const base::Error&) {
  }
  return 0;
}
