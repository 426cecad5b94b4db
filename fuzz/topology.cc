#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "redis/server_info.h"
#include "redis/topology.h"

// What a server says of the others: INFO and CLUSTER NODES.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& node : redis::parse_cluster_nodes(text)) {
    if (node.host.empty() || node.port == 0) std::abort();
  }
  redis::parse_info(text);
  return 0;
}
