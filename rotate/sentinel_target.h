#pragma once

#include <string>

#include "base/clock.h"
#include "redis/connection.h"
#include "redis/server_info.h"
#include "redis/topology.h"
#include "rotate/reload_target.h"
#include "rotate/way_in.h"

namespace rotate {

// A Redis or Valkey Sentinel. It reads its certificate only when it starts, and does not tell from where:
// from the lineage's link, or where the copy command brings it.
class SentinelTarget : public ReloadTarget {
 public:
  // As RedisTarget. The command restarts it; empty when a person does.
  SentinelTarget(WayIn way, std::string restart_command, pki::Certificate served,
                 redis::Connection connection, const base::Clock& clock);

  const std::string& address() const override { return address_; }
  const std::string& host() const override { return host_; }
  const std::vector<pki::Certificate>& roots() const override { return way_.clients.roots; }
  const redis::TlsSettings& settings() const override { return settings_; }
  const std::optional<pki::Certificate>& served() const override { return served_; }
  Role role() const override { return Role::kSentinel; }
  const std::string& run_id() const override { return server_.run_id; }
  std::vector<std::string> peers() override;
  bool can_reload() const override { return !restart_command_.empty(); }
  std::optional<ProcessUser> user() const override;
  void require_reloadable(const redis::TlsFiles&) const override {}
  Mark mark() override { return {}; }
  void reload(const redis::TlsFiles& files) override;
  void persist() override {}
  void prove(const Proof& proof) override;
  void prove_trust(const TrustChange& change) override;
  std::vector<ListedClient> clients() override { return {}; }
  size_t drop_older_than(const Mark&) override { return 0; }

 private:
  WayIn way_;
  std::string restart_command_;
  const base::Clock& clock_;
  std::string address_;
  std::string host_;
  std::optional<pki::Certificate> served_;
  redis::Connection connection_;
  redis::ServerInfo server_;
  redis::Links links_;
  redis::TlsSettings settings_;
};

}  // namespace rotate
