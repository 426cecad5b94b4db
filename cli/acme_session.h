#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "acme/account.h"
#include "acme/acme_issuer.h"
#include "acme/transport.h"
#include "base/interruption.h"
#include "base/patience.h"
#include "cli/command.h"
#include "cli/issuer_settings.h"
#include "http/client.h"

namespace cli {

// Waits for at most as long as it has from its beginning, and until SIGINT or SIGTERM.
class CommandPatience : public base::Patience {
 public:
  explicit CommandPatience(std::chrono::milliseconds longest);
  void wait(std::chrono::milliseconds time, const std::string& what) override;

 private:
  base::Interruption interruption_;
  std::chrono::steady_clock::time_point deadline_;
};

// One conversation with an ACME server. While it lives, signals are its.
class AcmeSession {
 public:
  // Throws Error(kUsage) when nobody says which server. A glance has patience for a few seconds only.
  enum class Kind { kWork, kGlance };
  AcmeSession(const IssuerSettings& settings, const Environment& environment, Kind kind = Kind::kWork);

  acme::Transport& transport() { return transport_; }

 private:
  CommandPatience patience_;
  http::CurlClient client_;
  acme::Transport transport_;
};

acme::Registration registration_of(const IssuerSettings& settings);

// The CA that the settings say; each issue() is a conversation of its own. Outlived by the environment.
std::unique_ptr<pki::Issuer> make_acme_issuer(const IssuerSettings& settings, const Environment& environment);

}  // namespace cli
