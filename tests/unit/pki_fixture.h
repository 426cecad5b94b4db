#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "fake_clock.h"
#include "pki/authority.h"
#include "pki/issuance.h"
#include "pki/lineage.h"
#include "pki/local_issuer.h"
#include "temporary_directory.h"

namespace testing_support {

// A home with a CA, and certificates from it, at the fake clock's time.
struct PkiFixture {
  explicit PkiFixture(bool single_tier = false, base::Time now = FakeClock().now())
      : home(directory.path() / "home") {
    clock.set(now);
    pki::AuthorityOptions options;
    options.lifetime = std::chrono::days(3650);
    options.single_tier = single_tier;
    pki::create_authority(home, options, {}, clock);
  }

  pki::LineageSettings settings(pki::Profile profile,
                                const std::vector<std::string>& names = {"localhost"}) const {
    pki::LineageSettings result;
    result.profile = profile;
    result.subject = {{{"CN", "test"}}};
    result.subject_alt_names = pki::parse_subject_alt_names(names);
    result.lifetime = std::chrono::days(90);
    return result;
  }

  // A lineage with one generation, which is current.
  pki::Lineage lineage(const std::string& name, const pki::LineageSettings& with) const {
    auto made = pki::Lineage::define(home, name, with);
    made.save();
    made.set_current(issue(made));
    return made;
  }

  int issue(const pki::Lineage& for_lineage) const {
    pki::LocalIssuer issuer(home, {}, clock);
    return pki::issue_generation(for_lineage, issuer, clock);
  }

  FakeClock clock;
  TemporaryDirectory directory;
  pki::Home home;
};

// At the real time, for tests in which OpenSSL looks at its own clock.
inline PkiFixture pki_of_today() { return PkiFixture(false, base::SystemClock().now()); }

}  // namespace testing_support
