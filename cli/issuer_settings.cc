#include "cli/issuer_settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

const std::string kIssuerSections = "issuer.";
const std::vector<std::string> kTypes = {"local", "acme", "vault", "external"};

struct Option {
  const char* name;
  const char* help;
};

const std::vector<Option> kAccountOptions = {
    {"server", "the URL of the CA's ACME directory"},
    {"email", "where the CA may write to; a comma list, or none"},
    {"eab-kid", "the account of yours that the CA wants bound: its key's name"},
    {"eab-hmac", "where its key comes from: file:PATH, env:NAME, fd:N or prompt"},
    {"cacert", "what the CA's own web server is verified with (default: the system's roots)"}};
const std::vector<Option> kOrderOptions = {
    {"challenge", "how to prove that the names are ours: http-01 (default), tls-alpn-01 or dns-01"},
    {"http-port", "where to answer http-01 (default: 80)"},
    {"tls-alpn-port", "where to answer tls-alpn-01 (default: 443)"},
    {"webroot", "the directory of a web server that answers http-01 for us"},
    {"dns-hook", "the program that makes dns-01's records: 'CMD present' and 'CMD cleanup'"},
    {"dns-nsupdate", "the name server, HOST[:PORT], that takes dns-01's records by nsupdate"},
    {"dns-nsupdate-key", "the file with nsupdate's TSIG key"},
    {"acme-profile", "the CA's profile: classic, tlsserver, shortlived"},
    {"preferred-chain", "of several chains the one to the root of this common name"}};

const std::vector<Option> kVaultOptions = {
    {"vault-addr", "the URL of Vault or OpenBao; of several of one cluster a comma list"},
    {"vault-namespace", "the namespace"},
    {"vault-cacert", "what Vault's own certificate is verified with (default: the system's roots)"},
    {"vault-capath", "the same, as a directory of hashed files"},
    {"vault-server-name", "the name in Vault's own certificate, when it isn't the URL's host"},
    {"vault-client-cert", "our certificate for Vault's TLS port, also to log in with (cert)"},
    {"vault-client-key", "its key"},
    {"vault-timeout", "for each request (default: 60s)"},
    {"vault-retries", "how often a request that may be repeated is (default: 2)"},
    {"vault-mount", "where the PKI engine is (default: pki)"},
    {"vault-auth", "how to log in: token (default), approle, kubernetes, jwt or cert"},
    {"vault-auth-mount", "where that is mounted (default: as it is called)"},
    {"vault-auth-role", "the role to log in as (kubernetes, jwt, cert)"},
    {"vault-token",
     "where the token comes from: file:PATH, env:NAME, fd:N or prompt (default: VAULT_TOKEN, "
     "~/.vault-token)"},
    {"vault-role-id", "the role id of AppRole"},
    {"vault-secret-id", "where its secret id comes from: file:PATH, env:NAME, fd:N or prompt"},
    {"vault-jwt", "where the JWT comes from (default with kubernetes: the pod's)"}};

const std::vector<Option> kSignOptions = {
    {"vault-role", "the role of the PKI engine"},
    {"vault-issuer", "which CA of the mount, by name or id (default: its default one)"}};

const std::vector<Option> kCommonOptions = {
    {"trust", "the roots that verify the certificate (default: Vault's own, with ACME the system's)"}};

const std::vector<Option> kAgree = {{"agree-tos", "agree to the CA's terms of service"}};
const std::vector<Option> kSignFlags = {
    {"vault-generate-key", "let Vault make the key too (default: it never leaves this host)"},
    {"vault-sign-verbatim", "ask for all that the request says, past the role's limits"}};

constexpr const char* kAcme = "acme";
constexpr const char* kVault = "vault";

// Options of Vault's own environment, behind VAULT_ and BAO_.
const std::map<std::string, std::string> kVariables = {{"vault-addr", "ADDR"},
                                                       {"vault-namespace", "NAMESPACE"},
                                                       {"vault-cacert", "CACERT"},
                                                       {"vault-capath", "CAPATH"},
                                                       {"vault-client-cert", "CLIENT_CERT"},
                                                       {"vault-client-key", "CLIENT_KEY"},
                                                       {"vault-server-name", "TLS_SERVER_NAME"},
                                                       {"vault-timeout", "CLIENT_TIMEOUT"},
                                                       {"vault-retries", "MAX_RETRIES"}};

using OptionLists = std::vector<const std::vector<Option>*>;

OptionLists options_of(const std::string& type) {
  if (type == kAcme) return {&kAccountOptions, &kOrderOptions, &kAgree, &kCommonOptions};
  if (type == kVault) return {&kVaultOptions, &kSignOptions, &kSignFlags, &kCommonOptions};
  return {};
}

bool has_option(const std::string& type, const std::string& name) {
  for (const auto* options : options_of(type)) {
    for (const Option& option : *options) {
      if (option.name == name) return true;
    }
  }
  return false;
}

void bind(CLI::App& app, const std::vector<Option>& options, const char* group, OptionValues& values) {
  for (const auto& [name, help] : options) {
    app.add_option("--" + std::string(name), values[name], help)->group(group);
  }
}

void bind_flags(CLI::App& app, const std::vector<Option>& options, const char* group, OptionValues& values) {
  for (const auto& [name, help] : options) {
    std::string& value = values[name];
    app.add_flag_callback(
           "--" + std::string(name), [&value] { value = "true"; }, help)
        ->group(group);
  }
}

}  // namespace

IssuerSettings::IssuerSettings(const Settings& settings, std::string issuer, OptionValues said)
    : settings_(settings),
      said_(std::move(said)),
      section_(kIssuerSections + issuer),
      type_(std::move(issuer)) {
  const bool has_section = settings_.sections().contains(section_);
  if (const std::string type = has_section ? (*this)["type"] : ""; !type.empty()) type_ = type;
  if (std::find(kTypes.begin(), kTypes.end(), type_) != kTypes.end()) return;
  throw Error(ErrorKind::kUsage, has_section ? "[" + section_ + "] needs type = \"acme\" or \"vault\""
                                             : "there is no issuer '" + type_ +
                                                   "'; there are local, acme, vault, and the "
                                                   "[issuer.NAME] sections of the settings");
}

// By what was said, or the section that was named: an environment that is meant for another Vault changes
// neither.
bool IssuerSettings::is_named(const std::string& key) const {
  const auto said = said_.find(key);
  return (said != said_.end() && !said->second.empty()) || settings_.find({section_}, key) != nullptr;
}

OptionValues IssuerSettings::from_environment() const {
  OptionValues values;
  if (type_ != kVault) return values;
  for (const auto& [option, variable] : kVariables) {
    if (!is_named(option)) values[option] = vault_variable(variable);
  }
  return given(values);
}

std::string IssuerSettings::operator[](const std::string& key) const {
  const auto said = said_.find(key);
  if (said != said_.end() && !said->second.empty()) return said->second;
  const auto environment = from_environment();
  if (const auto variable = environment.find(key); variable != environment.end()) return variable->second;
  const auto* values = settings_.find({section_, type_}, key);
  if (values == nullptr || values->empty()) return "";
  std::string joined;
  for (const std::string& value : *values) joined += (joined.empty() ? "" : ",") + value;
  return joined;
}

bool IssuerSettings::is_true(const std::string& key) const { return (*this)[key] == "true"; }

void bind_acme_account(CLI::App& app, OptionValues& values) {
  bind(app, kAccountOptions, "ACME", values);
  bind_flags(app, kAgree, "ACME", values);
}

void bind_vault_options(CLI::App& app, OptionValues& values) { bind(app, kVaultOptions, "Vault", values); }

void bind_issuer_options(CLI::App& app, OptionValues& values) {
  bind(app, kCommonOptions, "ACME and Vault", values);
  bind_acme_account(app, values);
  bind(app, kOrderOptions, "ACME", values);
  bind_vault_options(app, values);
  bind(app, kSignOptions, "Vault", values);
  bind_flags(app, kSignFlags, "Vault", values);
}

bool is_path_option(const std::string& name) {
  static const std::vector<std::string> paths = {
      "cacert",       "trust",        "webroot",           "dns-nsupdate-key",
      "vault-cacert", "vault-capath", "vault-client-cert", "vault-client-key"};
  return std::find(paths.begin(), paths.end(), name) != paths.end();
}

OptionValues given(const OptionValues& values) {
  OptionValues result;
  for (const auto& [name, value] : values) {
    if (!value.empty()) result.emplace(name, value);
  }
  return result;
}

void require_fitting(const std::string& type, const OptionValues& values) {
  for (const auto& [name, value] : given(values)) {
    if (has_option(type, name)) continue;
    throw Error(ErrorKind::kUsage, "--" + name + " is for --issuer " +
                                       (has_option(kAcme, name) ? kAcme : kVault) + ", and this is " + type);
  }
}

std::string vault_variable(const std::string& name) {
  for (const char* prefix : {"BAO_", "VAULT_"}) {
    if (const char* value = std::getenv((prefix + name).c_str()); value != nullptr) return value;
  }
  return "";
}

std::vector<std::string> setting_keys(const std::string& type) {
  std::vector<std::string> keys = {"type"};
  for (const auto* options : options_of(type)) {
    for (const Option& option : *options) keys.emplace_back(option.name);
  }
  return keys;
}

}  // namespace cli
