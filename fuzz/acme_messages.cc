// Any bytes are an answer of an ACME server, or an error.

#include <cstdint>
#include <string_view>

#include "acme/messages.h"
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
  try_to([&] { acme::parse_directory(body); });
  try_to([&] { acme::parse_order(body); });
  try_to([&] { acme::parse_authorization(body); });
  try_to([&] { acme::parse_renewal_info(body); });
  try_to([&] { acme::parse_order_list(body); });
  acme::parse_problem(400, body).to_string();
  acme::parse_retry_after(body, base::Time());
  acme::parse_links(body, "alternate");
  return 0;
}
