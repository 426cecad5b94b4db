#include "pki/home.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/error.h"
#include "base/file.h"

namespace pki {
namespace fs = std::filesystem;
namespace {

bool is_file(const fs::path& path) {
  std::error_code error;
  const bool result = fs::exists(path, error);
  if (error) throw base::system_error("look", path.native(), error.value());
  return result;
}

}  // namespace

CertificateFiles LineagePaths::generation(int number) const { return {directory / link_destination(number)}; }

fs::path LineagePaths::link_destination(int number) {
  char name[16];
  std::snprintf(name, sizeof name, "%04d", number);
  return fs::path("generations") / name;
}

std::optional<int> LineagePaths::parse_generation(const fs::path& path) {
  const std::string name = path.filename();
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (name.size() < 4 || error != std::errc{} || end != name.data() + name.size() || number <= 0)
    return std::nullopt;
  return number;
}

bool Home::is_there() const {
  std::error_code ignored;
  const bool is_in_use = fs::exists(ledger(), ignored) || fs::is_directory(acme_accounts(), ignored);
  return is_in_use && fs::is_directory(authority(), ignored) && fs::is_directory(lineages(), ignored);
}

std::vector<fs::path> AuthorityPaths::files() const {
  return {root_certificate(), root_key(), issuing_certificate(), issuing_key()};
}

AuthorityPaths Home::signing_authority() const {
  std::error_code error;
  return {fs::is_symlink(signer(), error) ? signer() : authority()};
}

bool Home::has_authority() const { return is_file(root_certificate()); }

bool Home::has_lineage(std::string_view name) const {
  return is_lineage_name(name) && is_file(lineage(name).settings());
}

std::vector<std::string> Home::lineage_names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(lineages(), error)) {
    const std::string name = entry.path().filename();
    if (has_lineage(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void Home::create() const {
  base::make_directories(root_, 0755);
  base::make_directories(authority(), 0700);
  base::make_directories(client_roots().parent_path(), 0755);
  base::make_directories(lineages(), 0755);
}

bool is_lineage_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '.' || name.front() == '-') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '@';
  });
}

void require_lineage_name(std::string_view name) {
  if (is_lineage_name(name)) return;
  throw base::Error(
      base::ErrorKind::kUsage,
      "'" + std::string(name) + "' can't be the name of a lineage; use up to 64 letters, digits and . _ - @");
}

}  // namespace pki
