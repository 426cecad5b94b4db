#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "acme/solver.h"

namespace acme {

// dns-01 (RFC 8555, 8.4) by the user's program, run without a shell as `CMD present` and `CMD cleanup`, with
// REDIS_PKI_DNS_NAME, REDIS_PKI_DNS_VALUE and REDIS_PKI_DOMAIN in its environment. It returns when the record
// is there.
class DnsHookSolver : public Solver {
 public:
  DnsHookSolver(std::vector<std::string> command, std::chrono::milliseconds time_limit)
      : command_(std::move(command)), time_limit_(time_limit) {}

  std::string_view type() const override { return "dns-01"; }
  void present(const Proof& proof) override;
  void withdraw(const Proof& proof) override { run("cleanup", proof); }

 private:
  void run(const std::string& what, const Proof& proof) const;

  std::vector<std::string> command_;
  std::chrono::milliseconds time_limit_;
};

// The same by a dynamic update (RFC 2136), sent by nsupdate(1).
class NsupdateSolver : public Solver {
 public:
  // `server` is HOST or HOST:PORT; `key_file` for TSIG, empty for none.
  NsupdateSolver(std::string server, std::filesystem::path key_file, std::chrono::milliseconds time_limit)
      : server_(std::move(server)), key_file_(std::move(key_file)), time_limit_(time_limit) {}

  std::string_view type() const override { return "dns-01"; }
  void present(const Proof& proof) override { update("add", proof); }
  void withdraw(const Proof& proof) override { update("delete", proof); }

 private:
  void update(const std::string& what, const Proof& proof) const;

  std::string server_;
  std::filesystem::path key_file_;
  std::chrono::milliseconds time_limit_;
};

// The same by hand: says what to do, and goes on when it is done.
class ManualDnsSolver : public Solver {
 public:
  using Ask = std::function<void(const std::string& text)>;  // returns when the user is done
  explicit ManualDnsSolver(Ask ask) : ask_(std::move(ask)) {}

  std::string_view type() const override { return "dns-01"; }
  void present(const Proof& proof) override;
  void withdraw(const Proof&) override {}

 private:
  Ask ask_;
};

}  // namespace acme
