#include "pki/digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <memory>

#include "base/hex.h"
#include "pki/openssl_error.h"

namespace pki {

std::string sha256_of(std::initializer_list<std::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  require(context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1, "can't hash");
  for (const std::string_view part : parts) {
    const uint64_t size = part.size();
    require(EVP_DigestUpdate(context.get(), &size, sizeof size) == 1 &&
                EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1,
            "can't hash");
  }
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  require(EVP_DigestFinal_ex(context.get(), digest.data(), &length) == 1, "can't hash");
  return base::to_hex({digest.data(), length});
}

}  // namespace pki
