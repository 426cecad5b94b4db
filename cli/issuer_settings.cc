#include "cli/issuer_settings.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

const std::string kIssuerSections = "issuer.";
const std::vector<std::string> kTypes = {"local", "acme", "external"};

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
constexpr const char* kAgree = "agree-tos";
constexpr const char* kAgreeHelp = "agree to the CA's terms of service";

const std::vector<Option> kIssueOptions = {
    {"challenge", "how to prove that the names are ours: http-01 (default), tls-alpn-01 or dns-01"},
    {"http-port", "where to answer http-01 (default: 80)"},
    {"tls-alpn-port", "where to answer tls-alpn-01 (default: 443)"},
    {"webroot", "the directory of a web server that answers http-01 for us"},
    {"dns-hook", "the program that makes dns-01's records: 'CMD present' and 'CMD cleanup'"},
    {"dns-nsupdate", "the name server, HOST[:PORT], that takes dns-01's records by nsupdate"},
    {"dns-nsupdate-key", "the file with nsupdate's TSIG key"},
    {"acme-profile", "the CA's profile: classic, tlsserver, shortlived"},
    {"preferred-chain", "of several chains the one to the root of this common name"},
    {"trust", "the roots that verify the certificate (default: the system's)"}};

void bind(CLI::App& app, const std::vector<Option>& options, OptionValues& values) {
  for (const auto& [name, help] : options) {
    app.add_option("--" + std::string(name), values[name], help)->group("ACME");
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
  throw Error(ErrorKind::kUsage, has_section ? "[" + section_ + "] needs type = \"acme\""
                                             : "there is no issuer '" + type_ +
                                                   "'; there are local, acme, and the "
                                                   "[issuer.NAME] sections of the settings");
}

std::string IssuerSettings::operator[](const std::string& key) const {
  const auto said = said_.find(key);
  if (said != said_.end() && !said->second.empty()) return said->second;
  const auto* values = settings_.find({section_, type_}, key);
  if (values == nullptr || values->empty()) return "";
  std::string joined;
  for (const std::string& value : *values) joined += (joined.empty() ? "" : ",") + value;
  return joined;
}

bool IssuerSettings::is_true(const std::string& key) const { return (*this)[key] == "true"; }

void bind_acme_account(CLI::App& app, OptionValues& values) {
  bind(app, kAccountOptions, values);
  std::string& agrees = values[kAgree];
  app.add_flag_callback(
         "--" + std::string(kAgree), [&agrees] { agrees = "true"; }, kAgreeHelp)
      ->group("ACME");
}

void bind_acme_issue(CLI::App& app, OptionValues& values) { bind(app, kIssueOptions, values); }

bool is_path_option(const std::string& name) {
  return name == "cacert" || name == "trust" || name == "webroot" || name == "dns-nsupdate-key";
}

OptionValues given(const OptionValues& values) {
  OptionValues result;
  for (const auto& [name, value] : values) {
    if (!value.empty()) result.emplace(name, value);
  }
  return result;
}

std::vector<std::string> acme_setting_keys() {
  std::vector<std::string> keys = {"type", kAgree};
  for (const auto* options : {&kAccountOptions, &kIssueOptions}) {
    for (const Option& option : *options) keys.emplace_back(option.name);
  }
  return keys;
}

}  // namespace cli
