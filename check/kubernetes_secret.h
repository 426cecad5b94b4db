#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "check/observation.h"

namespace check {

// Whether the text may be a Kubernetes manifest with a Secret in it, in YAML or JSON.
bool is_kubernetes_manifest(std::string_view text);

// The certificates of all Secrets in a manifest, also of a List and of several documents: tls.crt with
// tls.key, and every other entry that holds one. A Secret that can't be read, and a manifest without any
// certificate, is a failure.
std::vector<Observation> observe_secrets(std::string_view text, const std::filesystem::path& path,
                                         const FileOptions& options);

}  // namespace check
