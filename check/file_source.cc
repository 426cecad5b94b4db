#include "check/file_source.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "check/key_file.h"
#include "check/kubernetes_secret.h"
#include "check/redis_conf.h"
#include "pki/chain_verifier.h"
#include "pki/objects.h"

namespace check {
namespace fs = std::filesystem;
namespace {

using base::Error;
using base::ErrorKind;
using pki::Severity;

constexpr std::array<std::string_view, 7> kCertificateNames = {".crt", ".cer", ".cert", ".der",
                                                               ".pem", ".p12", ".pfx"};
constexpr std::array<std::string_view, 4> kMarks = {"-----BEGIN CERTIFICATE-----", "-----BEGIN X509 ",
                                                    "-----BEGIN TRUSTED CERTIFICATE-----",
                                                    "PRIVATE KEY-----"};

constexpr const char* kKeyOnly = "key";
constexpr const char* kNothing = "holds no certificate that can be read";

template <size_t N>
bool ends_with_any(std::string_view name, const std::array<std::string_view, N>& ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return name.ends_with(end); });
}

bool has_mark(std::string_view bytes) {
  if (bytes.find("-----BEGIN ") == std::string_view::npos) return false;
  return std::any_of(kMarks.begin(), kMarks.end(),
                     [&](std::string_view mark) { return bytes.find(mark) != std::string_view::npos; });
}

// A DER SEQUENCE that is as long as the file: a certificate, a CRL, a keystore, or a key.
bool looks_like_der(std::string_view bytes) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  if (bytes.size() < 4 || at(0) != 0x30) return false;
  if (at(1) == 0x82) return bytes.size() == 4 + (size_t{at(2)} << 8 | at(3));
  return at(1) == 0x83 && bytes.size() >= 5 &&
         bytes.size() == 5 + (size_t{at(2)} << 16 | size_t{at(3)} << 8 | at(4));
}

Observation failed(const fs::path& path, std::string why) {
  if (why.starts_with(path.native() + ": "))
    why.erase(0, path.native().size() + 2);  // it is said by whom shows it
  Observation seen;
  seen.source = seen.path = path.native();
  seen.failure = std::move(why);
  return seen;
}

struct Keys {
  std::vector<pki::PrivateKey> open;
  size_t encrypted = 0;

  bool any() const { return !open.empty() || encrypted > 0; }
};

Keys take_objects(const std::vector<pki::Object>& objects, Observation& seen) {
  Keys keys;
  for (const pki::Object& object : objects) {
    if (const auto* certificate = std::get_if<pki::Certificate>(&object)) seen.chain.push_back(*certificate);
    if (const auto* crl = std::get_if<pki::Crl>(&object)) seen.crls.push_back(*crl);
    if (const auto* key = std::get_if<pki::PrivateKey>(&object)) keys.open.push_back(*key);
    if (std::holds_alternative<pki::EncryptedKey>(object)) ++keys.encrypted;
  }
  return keys;
}

void judge_own_keys(const Keys& keys, Observation& seen) {
  append(seen.findings, assess_key_access(seen.path));
  const bool fits = seen.chain.empty() || keys.encrypted > 0 ||
                    std::any_of(keys.open.begin(), keys.open.end(),
                                [&](const pki::PrivateKey& key) { return seen.chain.front().matches(key); });
  if (!fits) {
    seen.findings.push_back(
        {Severity::kError, "key_mismatch", "the private key in the same file is not its key"});
  }
}

// A leaf with what issued it is a chain; a file that begins with a CA is a bundle, in any order.
void judge_chain(const FileOptions& options, Observation& seen) {
  const auto& chain = seen.chain;
  if (chain.empty()) return;
  if (!chain.front().is_ca()) {
    if (chain.size() > 1 && chain[1].is_ca()) append(seen.findings, pki::verify_order(chain));
    if (!options.roots.empty()) {
      append(seen.findings,
             without_dates(pki::verify_chain(chain, options.roots, {{}, {}, options.now, {}})));
    }
    return;
  }
  const auto leaf =
      std::find_if(chain.begin(), chain.end(), [](const auto& certificate) { return !certificate.is_ca(); });
  if (leaf != chain.end() && std::any_of(chain.begin(), leaf, [&](const pki::Certificate& certificate) {
        return certificate.issued(*leaf);
      })) {
    seen.findings.push_back({Severity::kError, "chain_order",
                             "the certificate of " + leaf->subject() +
                                 " stands behind its CA; put the leaf first, then each issuer"});
  }
}

bool is_empty(const Observation& seen) {
  return seen.chain.empty() && seen.crls.empty() && seen.findings.empty() && seen.failure.empty();
}

// Empty when it holds none of these.
Observation observe_objects(const base::Secret& bytes, const FoundFile& file, const FileOptions& options) {
  Observation seen;
  seen.source = seen.path = file.path.native();
  try {
    const auto objects = pki::parse_objects(bytes, options.passphrase, file.path.native());
    const Keys keys = take_objects(objects, seen);
    if (keys.any()) judge_own_keys(keys, seen);
    if (!keys.any() && !file.key.empty() && !seen.chain.empty() && !seen.chain.front().is_ca()) {
      append(seen.findings, compare_key(seen.chain, file.key, options.passphrase));
    }
    judge_chain(options, seen);
    if (is_empty(seen) && keys.any()) seen.findings.push_back({Severity::kInfo, kKeyOnly, "a private key"});
  } catch (const Error& error) {
    return failed(file.path, error.what());
  }
  return seen;
}

bool is_only_a_good_key(const Observation& seen) {
  return seen.findings.size() == 1 && seen.findings.front().code == kKeyOnly;
}

}  // namespace

std::vector<Observation> observe_file(const fs::path& path, const FileOptions& options) {
  base::Secret bytes;
  try {
    bytes = base::read_secret_file(path);
  } catch (const Error& error) {
    return {failed(path, error.what())};
  }
  if (is_kubernetes_manifest(bytes.bytes())) return observe_secrets(bytes.bytes(), path, options);
  if (!has_mark(bytes.bytes()) && is_redis_conf(bytes.bytes())) {
    return observe_redis_conf(bytes.bytes(), path, options);
  }
  const auto key = key_name_beside(path.native(), [](const std::string& name) {
    std::error_code ignored;
    return fs::exists(name, ignored);
  });
  Observation seen = observe_objects(bytes, {path, key.value_or("")}, options);
  if (is_empty(seen)) seen.failure = kNothing;
  return {std::move(seen)};
}

std::vector<Observation> observe_found_file(const FoundFile& file, const FileOptions& options) {
  const std::string& name = file.path.native();
  const bool promises = ends_with_any(name, kCertificateNames) && !is_key_name(name);
  base::Secret bytes;
  try {
    bytes = base::read_secret_file(file.path);
  } catch (const Error& error) {
    Observation seen = failed(file.path, error.what());
    const bool is_private = is_key_name(name) && error.kind() == ErrorKind::kPermission;  // as it should be
    const bool is_too_large = !promises && error.kind() == ErrorKind::kInvalid;
    if (is_private || is_too_large) {
      seen.findings.push_back({Severity::kInfo, "unread", "not looked into: " + seen.failure});
      seen.failure.clear();
    }
    return {std::move(seen)};
  }
  const bool is_manifest = name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
  if (is_manifest && is_kubernetes_manifest(bytes.bytes())) {
    return observe_secrets(bytes.bytes(), file.path, options);
  }
  if (!has_mark(bytes.bytes()) && !promises && !looks_like_der(bytes.bytes())) return {};
  Observation seen = observe_objects(bytes, file, options);
  if (is_only_a_good_key(seen)) return {};
  // Parameters, requests and public keys are PEM too.
  const bool is_pem = bytes.bytes().find("-----BEGIN ") != std::string_view::npos;
  if (is_empty(seen) && (!promises || is_pem)) return {};
  if (is_empty(seen)) seen.failure = kNothing;
  return {std::move(seen)};
}

}  // namespace check
