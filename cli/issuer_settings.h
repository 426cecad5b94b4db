#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/settings.h"

namespace CLI {
class App;
}

namespace cli {

// Options by their long names.
using OptionValues = std::map<std::string, std::string>;

// What is known of where certificates come from: what was said or is remembered with a lineage, else the
// section [issuer.NAME], else the section of its type, [acme].
class IssuerSettings {
 public:
  // `issuer` is "local", "acme", "external", or the NAME of a section. Throws Error(kUsage) for another one.
  IssuerSettings(const Settings& settings, std::string issuer, OptionValues said);

  const std::string& type() const { return type_; }  // "local", "acme", "external"

  // Empty when nobody says it.
  std::string operator[](const std::string& key) const;
  bool is_true(const std::string& key) const;

 private:
  const Settings& settings_;
  OptionValues said_;
  std::string section_;
  std::string type_;
};

// The options of an ACME account, and those of a certificate. What is given comes to stand in `values`, which
// must outlive the parsing.
void bind_acme_account(CLI::App& app, OptionValues& values);
void bind_acme_issue(CLI::App& app, OptionValues& values);

// Whether its value is a path.
bool is_path_option(const std::string& name);

// Without those that were not given.
OptionValues given(const OptionValues& values);

// What [acme] and [issuer.NAME] may say.
std::vector<std::string> acme_setting_keys();

}  // namespace cli
