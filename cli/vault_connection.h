#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/patience.h"
#include "cli/command.h"
#include "cli/issuer_settings.h"
#include "http/client.h"
#include "pki/issuer.h"
#include "vault/pki_engine.h"
#include "vault/session.h"

namespace cli {

// Sleeps for as long as is asked for; what asks is bounded.
class SleepingPatience : public base::Patience {
 public:
  void wait(std::chrono::milliseconds time, const std::string& what) override;
};

// A Vault as the settings say, with one token for the run.
class VaultConnection {
 public:
  // Throws Error(kUsage) for settings that are wrong or lacking. Connects to nothing yet.
  VaultConnection(const IssuerSettings& settings, const Environment& environment);

  vault::Session& session() { return session_; }

 private:
  SleepingPatience patience_;
  http::CurlClient http_;
  vault::Session session_;
};

// Each address by itself, for what is asked of each.
std::vector<std::string> vault_addresses(const IssuerSettings& settings);
http::Options vault_http_options(const IssuerSettings& settings);

vault::EngineOptions vault_engine(const IssuerSettings& settings);

// What tells one connection from another: settings with the same words share one.
std::string vault_connection_key(const IssuerSettings& settings);

// The PKI engine that the settings say, over a connection that outlives it.
std::unique_ptr<pki::Issuer> make_vault_issuer(const IssuerSettings& settings, VaultConnection& connection,
                                               const Environment& environment);

}  // namespace cli
