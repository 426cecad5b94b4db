#include "rotate/renewal.h"

namespace rotate {

base::Time renewal_due(const pki::Certificate& certificate) {
  const auto lifetime = certificate.not_after() - certificate.not_before();
  const bool is_short = lifetime < std::chrono::days(10);
  return certificate.not_after() - lifetime / (is_short ? 2 : 3);
}

}  // namespace rotate
