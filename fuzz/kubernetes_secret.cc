// Any bytes are a Kubernetes manifest to check, or a failure that is told.

#include <cstdint>
#include <string_view>

#include "check/judgement.h"
#include "check/kubernetes_secret.h"
#include "check/problem.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check::FileOptions options;
  for (const auto& seen : check::observe_secrets(bytes, "fuzz", options)) {
    for (const auto& problem : check::problems_of(check::judge(seen, {}, {}))) {
      if (check::clean(problem.text) != problem.text) __builtin_trap();
    }
  }
  return 0;
}
