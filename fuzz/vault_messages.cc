// Any bytes are an answer of Vault, or an error.

#include "vault/messages.h"

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace {

template <typename Parse>
void try_to(Parse parse) {
  try {
    parse();
  } catch (const base::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  vault::parse_refusal(400, body).to_string();
  vault::parse_warnings(body);
  try_to([&] { vault::parse_token(body); });
  try_to([&] { vault::parse_signed_certificate(body); });
  try_to([&] { vault::parse_role(body); });
  try_to([&] { vault::parse_health(body); });
  try_to([&] { vault::parse_ca_chain(body); });
  try_to([&] { vault::parse_revocation_time(body); });
  return 0;
}
