#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/vault_connection.h"
#include "pki/home.h"
#include "pki/lineage.h"
#include "pki/local_issuer.h"

namespace cli {

// Where the lineages of a home get their certificates. Nothing is opened, and no passphrase asked for, before
// something is signed. Outlived by the environment.
class Issuers {
 public:
  Issuers(const Environment& environment, std::string ca_passphrase)
      : environment_(environment),
        home_(environment.globals.home),
        ca_passphrase_(std::move(ca_passphrase)) {}

  // The home's own CA.
  pki::LocalIssuer& local();

  // Of its keys; asked for once.
  const base::Secret& passphrase();

  bool is_local(const pki::LineageSettings& lineage) const;

  // The one that a lineage's settings name. Throws Error(kUsage) when there is none.
  pki::Issuer& of(const pki::LineageSettings& lineage);

  // When the lineage's CA suggests to replace this certificate of it (RFC 9773); nothing when it can't be
  // asked.
  std::optional<base::Time> suggested_renewal(const pki::Lineage& lineage,
                                              const pki::Certificate& leaf) const;

 private:
  const Environment& environment_;
  const pki::Home home_;
  const std::string ca_passphrase_;
  std::optional<base::Secret> passphrase_;
  std::optional<pki::LocalIssuer> local_;
  VaultConnection& connection_to(const IssuerSettings& settings);

  std::map<std::string, std::unique_ptr<VaultConnection>> vaults_;  // a token each, for the run
  std::vector<std::unique_ptr<pki::Issuer>> others_;
};

}  // namespace cli
