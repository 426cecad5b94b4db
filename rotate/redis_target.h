#pragma once

#include "base/clock.h"
#include "redis/connection.h"
#include "rotate/reload_target.h"

namespace rotate {

// A Redis-compatible server: redis-server from 7.0, Valkey, or the bundled one.
class RedisTarget : public ReloadTarget {
 public:
  // Connects and asks for its paths.
  RedisTarget(redis::ConnectOptions options, const base::Clock& clock);

  const std::string& address() const override { return address_; }
  const std::string& host() const override { return host_; }
  const redis::CertificatePaths& paths() const override { return paths_; }
  const std::optional<pki::Certificate>& served() const override { return served_; }
  void reload(const redis::CertificatePaths& paths) override;
  void persist() override;
  void prove(const pki::Certificate& leaf) override;

 private:
  redis::ConnectOptions options_;
  const base::Clock& clock_;
  std::string address_;
  std::string host_;
  redis::Connection connection_;
  redis::CertificatePaths paths_;
  std::optional<pki::Certificate> served_;
};

}  // namespace rotate
