#include "cli/profile_defaults.h"

#include <algorithm>

#include "base/duration.h"
#include "base/error.h"

namespace cli {

using base::Error;
using base::ErrorKind;

ProfileDefaults::ProfileDefaults(const Settings& settings, pki::Profile profile)
    : settings_(settings), section_("issue." + std::string(to_string(profile))) {}

std::string ProfileDefaults::operator[](const std::string& key) const {
  const auto* values = settings_.find({section_, "issue"}, key);
  if (values == nullptr) return "";
  if (values->size() != 1) {
    throw Error(ErrorKind::kUsage, settings_.file().native() + ": '" + key + "' has one value, not a list");
  }
  return values->front();
}

bool ProfileDefaults::is_true(const std::string& key) const {
  const std::string value = (*this)[key];
  if (value == "true" || value == "false" || value.empty()) return value == "true";
  throw Error(ErrorKind::kUsage, settings_.file().native() + ": '" + key + "' is true or false");
}

std::chrono::seconds ProfileDefaults::lifetime() const {
  if (const std::string wanted = (*this)["lifetime"]; !wanted.empty()) return parse_lifetime(wanted);
  return clip(std::chrono::days(90));
}

std::chrono::seconds ProfileDefaults::clip(std::chrono::seconds lifetime) const {
  const std::string limit = (*this)["max-lifetime"];
  return limit.empty() ? lifetime : std::min(lifetime, parse_lifetime(limit));
}

void ProfileDefaults::require_allowed(std::chrono::seconds lifetime) const {
  const std::string limit = (*this)["max-lifetime"];
  if (limit.empty() || lifetime <= parse_lifetime(limit)) return;
  throw Error(ErrorKind::kUsage, "a lifetime of " + base::format_duration(lifetime) +
                                     " is over the max-lifetime of the settings, " + limit);
}

pki::Lineage open_clipped(const pki::Home& home, const std::string& name, const Settings& settings) {
  auto lineage_settings = pki::Lineage::open(home, name).settings();
  const ProfileDefaults defaults(settings, lineage_settings.profile);
  lineage_settings.lifetime = defaults.clip(lineage_settings.lifetime);
  return pki::Lineage::define(home, name, lineage_settings);
}

std::chrono::seconds parse_lifetime(const std::string& text) {
  const auto lifetime = std::chrono::floor<std::chrono::seconds>(base::parse_duration(text));
  if (lifetime < std::chrono::minutes(1)) {
    throw Error(ErrorKind::kUsage, "--lifetime: a certificate must live for a minute at least");
  }
  return lifetime;
}

}  // namespace cli
