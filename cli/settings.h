#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace cli {

// The settings file, TOML: what a command line doesn't have to say. A section is named as a command and sets
// defaults for its options, or is one of those that a command reads itself; keys are long option names. Keys
// before the first section are for every command that has such an option.
class Settings {
 public:
  using Section = std::map<std::string, std::vector<std::string>>;

  Settings() = default;

  // Throws Error(kUsage) with file and line when it is no TOML, or holds more than text, numbers, booleans
  // and lists of them below [section] or [section.name].
  static Settings read(const std::filesystem::path& file);

  const std::filesystem::path& file() const { return file_; }
  const std::map<std::string, Section>& sections() const { return sections_; }  // "issue", "issue.server", ""

  void set(const std::string& section, const std::string& key, const std::string& value);

  // What the first of `sections` that has the key says; null when none does.
  const std::vector<std::string>* find(const std::vector<std::string>& sections,
                                       const std::string& key) const;

 private:
  std::filesystem::path file_;
  std::map<std::string, Section> sections_;
};

}  // namespace cli
