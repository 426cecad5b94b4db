#pragma once

#include "base/clock.h"
#include "redis/connection.h"
#include "redis/server_info.h"
#include "redis/topology.h"
#include "rotate/reload_target.h"
#include "rotate/way_in.h"

namespace rotate {

// A Redis-compatible server: Redis from 6, Valkey, or the bundled one.
class RedisTarget : public ReloadTarget {
 public:
  // Asks for its settings. `served` is what it shows to clients, `connection` the one for commands.
  RedisTarget(WayIn way, pki::Certificate served, redis::Connection connection, const base::Clock& clock);

  const std::string& address() const override { return address_; }
  const std::string& host() const override { return host_; }
  const std::vector<pki::Certificate>& roots() const override { return way_.clients.roots; }
  const redis::TlsSettings& settings() const override { return settings_; }
  const std::optional<pki::Certificate>& served() const override { return served_; }
  Role role() const override { return server_.is_replica ? Role::kReplica : Role::kMaster; }
  const std::string& run_id() const override { return server_.run_id; }
  std::vector<std::string> peers() override;
  std::optional<ProcessUser> user() const override;
  void require_reloadable(const redis::TlsFiles& files) const override;
  Mark mark() override;
  void reload(const redis::TlsFiles& files) override;
  void persist() override;
  void prove(const Proof& proof) override;
  void prove_trust(const TrustChange& change) override;
  std::vector<ListedClient> clients() override;
  size_t drop_older_than(const Mark& mark) override;

 private:
  redis::Connection connect_for_commands();
  void prove_dialling(const tls::Credentials& dials_as);

  WayIn way_;
  const base::Clock& clock_;
  std::string address_;
  std::string host_;
  std::optional<pki::Certificate> served_;
  redis::Connection connection_;
  redis::ServerInfo server_;
  redis::TlsSettings settings_;
  redis::TlsFiles set_;  // in the server's own spelling
  redis::Links links_;   // as they were when it was connected
};

}  // namespace rotate
