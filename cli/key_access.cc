#include "cli/key_access.h"

#include <charconv>

#include "base/error.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

mode_t parse_mode(const std::string& text) {
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc{} || end != text.data() + text.size() || mode > 0777) {
    throw Error(ErrorKind::kUsage, "--mode: '" + text + "' is no mode; write it like 0400");
  }
  if ((mode & 0007) != 0)
    throw Error(ErrorKind::kUsage, "--mode: a private key must not be open to everyone");
  return static_cast<mode_t>(mode);
}

}  // namespace

base::FileAccess key_access(const std::string& owner, const std::string& mode, base::FileAccess access) {
  if (!owner.empty()) access = base::parse_owner(owner, access);
  if (!mode.empty()) access.mode = parse_mode(mode);
  return access;
}

}  // namespace cli
