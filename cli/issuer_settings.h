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
// section [issuer.NAME], else the section of its type, [acme] or [vault]. Vault's own environment stands
// before the latter.
class IssuerSettings {
 public:
  // `issuer` is "local", "acme", "vault", "external", or the NAME of a section. Throws Error(kUsage) for
  // another one.
  IssuerSettings(const Settings& settings, std::string issuer, OptionValues said);

  const std::string& type() const { return type_; }  // "local", "acme", "vault", "external"

  // Empty when nobody says it.
  std::string operator[](const std::string& key) const;
  bool is_true(const std::string& key) const;

  // What only Vault's own environment says, by option: VAULT_ADDR and the like, and before them OpenBao's, an
  // empty one too.
  OptionValues from_environment() const;

 private:
  bool is_named(const std::string& key) const;

  const Settings& settings_;
  OptionValues said_;
  std::string section_;
  std::string type_;
};

// The options of an ACME account, of a Vault, and those of a certificate. What is given comes to stand in
// `values`, which must outlive the parsing.
void bind_acme_account(CLI::App& app, OptionValues& values);
void bind_vault_options(CLI::App& app, OptionValues& values);
void bind_issuer_options(CLI::App& app, OptionValues& values);

// Whether its value is a path.
bool is_path_option(const std::string& name);

// Without those that were not given.
OptionValues given(const OptionValues& values);

// Throws Error(kUsage) for an option of another type of issuer.
void require_fitting(const std::string& type, const OptionValues& values);

// A variable of Vault's and OpenBao's tools, without its prefix; empty when it is not there.
std::string vault_variable(const std::string& name);

// What [acme], [vault], and [issuer.NAME] of that type may say.
std::vector<std::string> setting_keys(const std::string& type);

}  // namespace cli
