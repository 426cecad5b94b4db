#include "cli/settings.h"

#include <toml++/toml.h>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/file.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

[[noreturn]] void refuse(const std::filesystem::path& file, const toml::source_region& place,
                         const std::string& why) {
  throw Error(ErrorKind::kUsage, file.native() + ":" + std::to_string(place.begin.line) + ": " + why);
}

// An option's word for a value; nothing for a table, a date or a list.
std::optional<std::string> word_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
  if (!node.is_number()) return std::nullopt;
  std::ostringstream number;
  if (const auto* integer = node.as_integer()) number << integer->get();
  if (const auto* real = node.as_floating_point()) number << real->get();
  return number.str();
}

std::vector<std::string> words_of(const std::filesystem::path& file, const toml::node& node) {
  std::vector<std::string> words;
  const auto take = [&](const toml::node& element) {
    auto word = word_of(element);
    if (!word)
      refuse(file, element.source(), "a value must be text, a number, true, false, or a list of these");
    words.push_back(std::move(*word));
  };
  if (const auto* list = node.as_array()) {
    for (const toml::node& element : *list) take(element);
  } else {
    take(node);
  }
  return words;
}

}  // namespace

Settings Settings::read(const std::filesystem::path& file) {
  Settings settings;
  settings.file_ = file;
  const auto take_table = [&](const auto& self, const std::string& name, const toml::table& table) -> void {
    settings.sections_[name];
    for (const auto& [key, node] : table) {
      const std::string word(key.str());
      if (const auto* inner = node.as_table()) {
        if (name.find('.') != std::string::npos) refuse(file, node.source(), "the section lies too deep");
        self(self, name.empty() ? word : name + "." + word, *inner);
      } else {
        settings.sections_[name][word] = words_of(file, node);
      }
    }
  };
  const std::string text = base::read_file(file);
  try {
    take_table(take_table, "", toml::parse(text));
  } catch (const toml::parse_error& error) {
    refuse(file, error.source(), std::string(error.description()));
  }
  return settings;
}

void Settings::set(const std::string& section, const std::string& key, const std::string& value) {
  sections_[section][key] = {value};
}

const std::vector<std::string>* Settings::find(const std::vector<std::string>& sections,
                                               const std::string& key) const {
  for (const std::string& name : sections) {
    const auto section = sections_.find(name);
    if (section == sections_.end()) continue;
    const auto values = section->second.find(key);
    if (values != section->second.end()) return &values->second;
  }
  return nullptr;
}

}  // namespace cli
