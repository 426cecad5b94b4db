// Any bytes are certificates that can be described and verified, or an error.

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "pki/certificate.h"
#include "pki/chain_verifier.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto chain = pki::parse_certificates({reinterpret_cast<const char*>(data), size}, "fuzz");
    for (const auto& certificate : chain) {
      certificate.subject();
      certificate.issuer();
      certificate.common_name();
      certificate.subject_alt_names();
      certificate.serial();
      certificate.sha256();
      certificate.key_description();
      certificate.not_before();
      certificate.not_after();
    }
    pki::verify_chain(chain, chain,
                      {.purpose = pki::Profile::kPeer, .host = "localhost", .at = base::Time{}});
  } catch (const base::Error&) {
  }
  return 0;
}
