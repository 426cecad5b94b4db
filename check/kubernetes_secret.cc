#include "check/kubernetes_secret.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>

#include "base/base64.h"
#include "base/error.h"
#include "pki/chain_verifier.h"
#include "pki/objects.h"

namespace check {
namespace {

using base::Error;

constexpr size_t kLargestManifest = size_t{4} << 20;
constexpr int kDeepestList = 4;

struct Secret {
  std::string name = "secret";  // "namespace/name"
  std::map<std::string, std::string> data;
};

std::string text_of(const YAML::Node& node, const char* key) {
  const YAML::Node value = node[key];
  return value && value.IsScalar() ? value.Scalar() : "";
}

Secret read_secret(const YAML::Node& node) {
  Secret secret;
  if (const YAML::Node metadata = node["metadata"]; metadata && metadata.IsMap()) {
    const std::string space = text_of(metadata, "namespace");
    secret.name = (space.empty() ? "" : space + "/") + text_of(metadata, "name");
  }
  for (const char* section : {"data", "stringData"}) {
    const YAML::Node entries = node[section];
    if (!entries || !entries.IsMap()) continue;
    for (const auto& entry : entries) {
      if (!entry.first.IsScalar() || !entry.second.IsScalar()) continue;
      const std::string& value = entry.second.Scalar();
      const auto decoded = section == std::string_view("data") ? base::from_base64(value) : value;
      if (!decoded) {
        throw Error(base::ErrorKind::kInvalid, secret.name + ": " + entry.first.Scalar() +
                                                   " is no base64; take stringData for plain text");
      }
      secret.data[entry.first.Scalar()] = *decoded;
    }
  }
  return secret;
}

// The documents of a stream, each for itself: at a stray comma yaml-cpp's LoadAll finds documents for ever.
std::vector<std::string> documents_of(std::string_view text) {
  std::vector<std::string> documents(1);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    const bool begins = line.starts_with("---") && (line.size() == 3 || line.find_first_of(" \t\r\n") == 3);
    if (begins) documents.emplace_back();
    documents.back() += begins ? line.substr(3) : line;
    text.remove_prefix(end);
  }
  return documents;
}

void collect(const YAML::Node& node, int depth, std::vector<Secret>& secrets) {
  if (!node.IsMap() || depth == kDeepestList) return;
  if (text_of(node, "kind") == "Secret") secrets.push_back(read_secret(node));
  if (const YAML::Node items = node["items"]; items && items.IsSequence()) {
    for (const YAML::Node& item : items) collect(item, depth + 1, secrets);
  }
}

// One entry of a secret, with the key of the secret where it is tls.crt.
std::optional<Observation> observe_entry(const Secret& secret, const std::string& entry,
                                         const std::string& value, const std::filesystem::path& path,
                                         const FileOptions& options) {
  if (value.find("CERTIFICATE-----") == std::string::npos) return std::nullopt;
  Observation seen;
  seen.kind = Observation::Kind::kSecret;
  seen.source = path.native() + " (" + secret.name + " " + entry + ")";
  seen.path = path;
  try {
    seen.chain = pki::parse_certificates(value, entry);
    if (seen.chain.front().is_ca()) return seen;
    append(seen.findings, pki::verify_order(seen.chain));
    const auto key = secret.data.find("tls.key");
    if (entry == "tls.crt" && key != secret.data.end()) {
      const auto objects = pki::parse_objects(base::Secret(key->second), options.passphrase, "tls.key");
      const auto* parsed = objects.empty() ? nullptr : std::get_if<pki::PrivateKey>(&objects.front());
      if (parsed != nullptr && !seen.chain.front().matches(*parsed)) {
        seen.findings.push_back({pki::Severity::kError, "key_mismatch", "tls.key is not its key"});
      }
    }
    if (!options.roots.empty()) {
      append(seen.findings,
             without_dates(pki::verify_chain(seen.chain, options.roots, {{}, {}, options.now, {}})));
    }
  } catch (const Error& error) {
    seen.chain.clear();
    seen.failure = error.what();
  }
  return seen;
}

Observation failed(const std::filesystem::path& path, const std::string& why) {
  Observation seen;
  seen.kind = Observation::Kind::kSecret;
  seen.source = path.native();
  seen.path = path;
  seen.failure = why;
  return seen;
}

}  // namespace

bool is_kubernetes_manifest(std::string_view text) {
  return text.size() <= kLargestManifest && text.find("Secret") != std::string_view::npos &&
         text.find("kind") != std::string_view::npos && text.find("apiVersion") != std::string_view::npos;
}

std::vector<Observation> observe_secrets(std::string_view text, const std::filesystem::path& path,
                                         const FileOptions& options) {
  std::vector<Secret> secrets;
  try {
    for (const std::string& document : documents_of(text)) collect(YAML::Load(document), 0, secrets);
  } catch (const YAML::Exception& error) {
    return {failed(path, std::string("is no YAML or JSON: ") + error.what())};
  } catch (const Error& error) {
    return {failed(path, error.what())};
  }
  std::vector<Observation> seen;
  for (const Secret& secret : secrets) {
    for (const auto& [entry, value] : secret.data) {
      if (auto found = observe_entry(secret, entry, value, path, options)) seen.push_back(std::move(*found));
    }
    for (const auto& [entry, value] : secret.data) {
      if (entry != "tls.crt" || value.find("CERTIFICATE-----") != std::string::npos) continue;
      seen.push_back(failed(path, secret.name + ": tls.crt holds no certificate"));
    }
  }
  if (seen.empty() && !secrets.empty()) seen.push_back(failed(path, "its secrets hold no certificate"));
  if (secrets.empty()) seen.push_back(failed(path, "holds no Kubernetes secret"));
  return seen;
}

}  // namespace check
