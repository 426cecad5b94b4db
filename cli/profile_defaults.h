#pragma once

#include <chrono>
#include <string>

#include "cli/settings.h"
#include "pki/lineage.h"
#include "pki/profile.h"

namespace cli {

// What the settings say about the certificates of one profile: [issue.PROFILE], else [issue].
class ProfileDefaults {
 public:
  ProfileDefaults(const Settings& settings, pki::Profile profile);

  // The value, or "" when there is none. Throws Error(kUsage) when there are several.
  std::string operator[](const std::string& key) const;

  // False when there is none. Throws Error(kUsage) for anything but true and false.
  bool is_true(const std::string& key) const;

  // What a certificate gets when nobody says more: 90 days, or max-lifetime when that is less.
  std::chrono::seconds lifetime() const;

  // The lifetime, or max-lifetime when that is less.
  std::chrono::seconds clip(std::chrono::seconds lifetime) const;

  // Throws Error(kUsage) when a lifetime is longer than max-lifetime.
  void require_allowed(std::chrono::seconds lifetime) const;

 private:
  const Settings& settings_;
  std::string section_;
};

// A lineage as it is renewed: with a lifetime that keeps to max-lifetime. Throws Error.
pki::Lineage open_clipped(const pki::Home& home, const std::string& name, const Settings& settings);

// Throws Error(kUsage) for what is no duration, or under a minute.
std::chrono::seconds parse_lifetime(const std::string& text);

}  // namespace cli
