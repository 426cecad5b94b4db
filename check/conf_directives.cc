#include "check/conf_directives.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/words.h"

namespace check {
namespace fs = std::filesystem;

using base::Error;

namespace {

constexpr int kDeepestInclude = 16;
constexpr int kMostIncludes = 256;

}  // namespace

ConfDirectives::ConfDirectives(std::string_view text, const fs::path& path) { read(text, path, 0); }

std::string ConfDirectives::operator[](const std::string& name) const {
  const auto found = lines_.find(name);
  return found == lines_.end() ? "" : found->second.back().values.front();
}

fs::path ConfDirectives::path(const std::string& name, const fs::path& conf) const {
  const std::string value = (*this)[name];
  if (value.empty() || value.starts_with('/')) return value;
  const std::string directory = (*this)["dir"];
  return (directory.starts_with('/') ? fs::path(directory) : conf.parent_path()) / value;
}

void ConfDirectives::read(std::string_view text, const fs::path& path, int depth) {
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto words = base::split_words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!words || words->size() < 2 || words->front().starts_with('#')) continue;
    const std::string name = base::lower_case(words->front());
    if (name == "include") {
      include(fs::path(words->at(1)), path, depth);
    } else {
      lines_[name].push_back({{words->begin() + 1, words->end()}, path, number});
    }
  }
}

void ConfDirectives::include(fs::path file, const fs::path& from, int depth) {
  if (file.is_relative()) file = from.parent_path() / file;
  try {
    if (depth == kDeepestInclude) throw Error(base::ErrorKind::kInvalid, "includes itself");
    if (++includes_ == kMostIncludes) throw Error(base::ErrorKind::kInvalid, "is one include too many");
    if (includes_ > kMostIncludes) return;  // that was told
    read(base::read_file(file), file, depth + 1);
  } catch (const Error& error) {
    unread_.push_back("include " + file.native() + ": " + error.what());
  }
}

}  // namespace check
