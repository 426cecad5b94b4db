#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "check/observation.h"

namespace check {

// Whether the text names TLS files as a redis.conf does.
bool is_redis_conf(std::string_view text);

// The pairs and CA files that a redis.conf names, also in the files that it includes. Each pair is judged for
// what Redis does with it: without a pair of its own for dialling, a replica or cluster node shows the
// server's.
std::vector<Observation> observe_redis_conf(std::string_view text, const std::filesystem::path& path,
                                            const FileOptions& options);

}  // namespace check
