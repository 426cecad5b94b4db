#include "cli/ca_passphrase.h"

#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/secret_source.h"

namespace cli {

base::Secret read_ca_passphrase(const pki::Home& home, const std::string& source) {
  constexpr std::string_view kQuestion = "Passphrase of the CA";
  if (!source.empty()) return base::read_secret(source, kQuestion);
  const auto key = std::filesystem::exists(home.issuing_key()) ? home.issuing_key() : home.root_key();
  if (!std::filesystem::exists(key)) return {};
  const bool encrypted = base::read_secret_file(key).bytes().find("ENCRYPTED") != std::string_view::npos;
  if (!encrypted) return {};
  if (::isatty(STDIN_FILENO) == 0) {
    throw base::Error(
        base::ErrorKind::kUsage,
        "the CA's key is encrypted; say where its passphrase is with --ca-passphrase file:PATH");
  }
  return base::read_secret("prompt", kQuestion);
}

}  // namespace cli
