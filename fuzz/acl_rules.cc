// Any lines are users of an ACL file, whose text is read as the same users, or an error that changes nothing.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "server/acl.h"
#include "server/command.h"
#include "server/glob.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  server::Acl acl;
  const std::string before = acl.text();
  try {
    acl.load(text, "fuzz");
  } catch (const base::Error&) {
    if (acl.text() != before) std::abort();
    return 0;
  }
  server::Acl again;
  again.load(acl.text(), "fuzz");
  if (again.text() != acl.text()) std::abort();
  const std::string_view words[] = {"set", text.substr(0, size / 2), "value"};
  for (const auto& [name, user] : acl.users()) check_access(*user, *server::find_command("set"), words);
  server::fits_glob(text.substr(0, size / 2), text.substr(size / 2));
  return 0;
}
