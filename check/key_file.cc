#include "check/key_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "pki/chain_verifier.h"
#include "pki/objects.h"

namespace check {
namespace {

using pki::Severity;

// What ends a certificate's name, and what ends its key's in its place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kPairs = {
    {{"fullchain.pem", "privkey.pem"},
     {"cert.pem", "privkey.pem"},
     {"fullchain.cer", ".key"},
     {"-cert.pem", "-key.pem"},
     {"_cert.pem", "_key.pem"},
     {".cert.pem", ".key.pem"},
     {"cert.pem", "key.pem"},
     {"certificate.pem", "key.pem"},
     {".crt", ".key"},
     {".cer", ".key"},
     {".cert", ".key"},
     {".pem", ".key"},
     {".pem", "-key.pem"},
     {".pem", ".key.pem"}}};

}  // namespace

bool is_key_name(std::string_view name) {
  return name.ends_with(".key") || name.ends_with("key.pem") || name.ends_with(".key.der");
}

std::optional<std::string> key_name_beside(const std::string& certificate,
                                           const std::function<bool(const std::string&)>& exists) {
  for (const auto& [end, key_end] : kPairs) {
    if (!certificate.ends_with(end)) continue;
    std::string key = certificate.substr(0, certificate.size() - end.size());
    key += key_end;
    if (key != certificate && exists(key)) return key;
  }
  return std::nullopt;
}

pki::Findings assess_key_access(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  if ((status.st_mode & S_IRWXO) != 0) {
    return {{Severity::kError, "key_exposed",
             "every user of this machine can reach the private key; run: chmod o= " + file.native()}};
  }
  if ((status.st_mode & S_IWGRP) != 0) {
    return {{Severity::kWarning, "key_exposed",
             "the group can change the private key; run: chmod g-w " + file.native()}};
  }
  return {};
}

pki::Findings compare_key(const pki::CertificateChain& chain, const std::filesystem::path& key_file,
                          const base::Secret& passphrase) {
  try {
    for (const pki::Object& object :
         pki::parse_objects(base::read_secret_file(key_file), passphrase, key_file.native())) {
      const auto* key = std::get_if<pki::PrivateKey>(&object);
      if (key == nullptr) continue;
      if (chain.front().matches(*key)) return {};
      return {
          {Severity::kError, "key_mismatch", "the private key in " + key_file.native() + " is not its key"}};
    }
    return {
        {Severity::kInfo, "key_unread", "not compared with " + key_file.native() + ": the key is encrypted"}};
  } catch (const base::Error& error) {
    const bool is_private = error.kind() == base::ErrorKind::kPermission;  // as it should be
    return {{is_private ? Severity::kInfo : Severity::kError, "key_unread",
             std::string("not compared with its private key: ") + error.what()}};
  }
}

}  // namespace check
