#pragma once

#include "base/clock.h"
#include "redis/connection.h"
#include "redis/server_info.h"
#include "rotate/reload_target.h"

namespace rotate {

// A Redis-compatible server: Redis from 6, Valkey, or the bundled one. Not a Sentinel, which can't reload.
class RedisTarget : public ReloadTarget {
 public:
  // Connects and asks for its settings. Commands go over `admin` when there is one; the proof always uses
  // `options`, which must be TLS. `known_leaves` (SHA-256) are those that the lineage ever had: a server that
  // serves one of them is ours though it has expired.
  RedisTarget(redis::ConnectOptions options, std::optional<redis::ConnectOptions> admin,
              std::vector<std::string> known_leaves, const base::Clock& clock);

  const std::string& address() const override { return address_; }
  const std::string& host() const override { return host_; }
  const std::vector<pki::Certificate>& roots() const override { return options_.roots; }
  const redis::TlsSettings& settings() const override { return settings_; }
  const std::optional<pki::Certificate>& served() const override { return served_; }
  std::optional<ProcessUser> user() const override;
  void require_reloadable(const redis::TlsFiles& files) const override;
  Mark mark() override;
  void reload(const redis::TlsFiles& files) override;
  void persist() override;
  void prove(const Proof& proof) override;
  size_t drop_older_than(const Mark& mark) override;

 private:
  redis::Connection connect(std::vector<std::string> known_leaves);
  redis::Connection connect_for_commands();
  void prove_link(const tls::Credentials* dials_as);

  redis::ConnectOptions options_;
  std::optional<redis::ConnectOptions> admin_;
  std::vector<std::string> known_leaves_;
  const base::Clock& clock_;
  std::string address_;
  std::string host_;
  std::optional<pki::Certificate> served_;
  redis::Connection connection_;
  redis::ServerInfo server_;
  redis::TlsSettings settings_;
  redis::TlsFiles set_;  // in the server's own spelling
};

}  // namespace rotate
