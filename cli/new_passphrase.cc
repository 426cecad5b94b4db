#include "cli/new_passphrase.h"

#include <unistd.h>

#include "base/error.h"
#include "base/secret_source.h"

namespace cli {

base::Secret read_new_passphrase(const std::string& source, const std::string& option) {
  using base::Error;
  using base::ErrorKind;
  if (!source.empty() && source != "prompt") return base::read_secret(source, "");
  if (source.empty() && ::isatty(STDIN_FILENO) == 0) {
    throw Error(ErrorKind::kUsage,
                "say where the passphrase comes from: " + option + " file:PATH, env:NAME, fd:N, or none");
  }
  auto first = base::read_secret("prompt", "New passphrase");
  const auto second = base::read_secret("prompt", "The same again");
  if (first.bytes() != second.bytes()) throw Error(ErrorKind::kUsage, "the two passphrases differ");
  return first;
}

}  // namespace cli
