#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "rotate/reload_target.h"

namespace testing_support {

// A server in memory: it serves what was at its paths when it was last reloaded.
struct FakeServer {
  redis::TlsSettings settings;
  std::optional<pki::Certificate> serves;
  bool ignores_reloads = false;  // answers OK and goes on as before
  int refuses_reloads = 0;       // how many more
  bool is_gone = false;
  bool cant_persist = false;
  int persisted = 0;
  std::string run_id = "run";
  uint64_t next_client = 1;
  uint64_t dropped_before = 0;
  rotate::Role role = rotate::Role::kMaster;
  std::vector<std::string> peers;
  std::vector<rotate::ListedClient> clients;
  std::vector<pki::Certificate> trusts;  // what it has read from its tls-ca-cert-file

  redis::CertificatePaths& paths() { return settings.files.server; }
  void load() { serves = tls::load_credentials(paths().certificate, paths().key, {}).leaf(); }
};

class FakeTarget : public rotate::ReloadTarget {
 public:
  FakeTarget(std::string address, FakeServer& server)
      : address_(std::move(address)), server_(server), settings_(server.settings), served_(server.serves) {
    require_reachable();
  }

  const std::string& address() const override { return address_; }
  const std::string& host() const override { return host_; }
  const std::vector<pki::Certificate>& roots() const override { return roots_; }
  const redis::TlsSettings& settings() const override { return settings_; }
  rotate::Role role() const override { return server_.role; }
  const std::string& run_id() const override { return server_.run_id; }
  std::vector<std::string> peers() override { return server_.peers; }
  std::optional<rotate::ProcessUser> user() const override { return std::nullopt; }
  void require_reloadable(const redis::TlsFiles&) const override {}
  rotate::Mark mark() override { return {server_.run_id, server_.next_client++}; }
  const std::optional<pki::Certificate>& served() const override { return served_; }

  void reload(const redis::TlsFiles& files) override {
    require_reachable();
    if (server_.refuses_reloads > 0) {
      --server_.refuses_reloads;
      throw base::Error(base::ErrorKind::kRefused, address_ + ": ERR Unable to update TLS configuration");
    }
    if (server_.ignores_reloads) return;
    server_.settings.files = files;
    server_.load();
    const auto& ca_file = server_.settings.ca_file;
    if (!ca_file.empty()) server_.trusts = pki::parse_certificates(base::read_file(ca_file), ca_file);
  }

  void persist() override {
    require_reachable();
    if (server_.cant_persist)
      throw base::Error(base::ErrorKind::kRefused,
                        address_ + ": ERR Rewriting config file: Permission denied");
    ++server_.persisted;
  }

  void prove(const rotate::Proof& proof) override {
    require_reachable();
    if (server_.serves->sha256() != proof.leaf)
      throw base::Error(base::ErrorKind::kRefused, address_ + ": serves another certificate");
  }

  void prove_trust(const rotate::TrustChange& change) override {
    require_reachable();
    for (const auto& client : change.accepted) require_trust(client.leaf(), true);
    for (const auto& client : change.refused) require_trust(client.leaf(), false);
  }

  std::vector<rotate::ListedClient> clients() override { return server_.clients; }

  size_t drop_older_than(const rotate::Mark& mark) override {
    server_.dropped_before = mark.client_id;
    return 1;
  }

 private:
  void require_trust(const pki::Certificate& leaf, bool is_wanted) const {
    const bool is_trusted = std::any_of(server_.trusts.begin(), server_.trusts.end(),
                                        [&](const auto& root) { return root.issued(leaf); });
    if (is_trusted != is_wanted)
      throw base::Error(base::ErrorKind::kRefused, address_ + ": trusts otherwise");
  }

  void require_reachable() const {
    if (server_.is_gone)
      throw base::Error(base::ErrorKind::kUnreachable, address_ + ": can't connect: Connection refused");
  }

  std::string address_;
  std::string host_ = "localhost";
  FakeServer& server_;
  std::vector<pki::Certificate> roots_;
  redis::TlsSettings settings_;
  std::optional<pki::Certificate> served_;
};

}  // namespace testing_support
