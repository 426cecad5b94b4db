#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "acme/solver.h"
#include "base/file.h"
#include "tls/context.h"

namespace acme {

// tls-alpn-01 (RFC 8737) by a TLS server of our own, which shows the proofs and speaks nothing else.
class TlsAlpnSolver : public Solver {
 public:
  // Listens on all addresses. Throws Error(kIo).
  explicit TlsAlpnSolver(int port);
  ~TlsAlpnSolver() override;

  std::string_view type() const override { return "tls-alpn-01"; }
  void present(const Proof& proof) override;
  void withdraw(const Proof& proof) override;

 private:
  std::optional<tls::Credentials> credentials_for(const std::string& server_name);
  void serve();
  void answer(base::FileDescriptor connection);

  std::mutex mutex_;
  std::map<std::string, tls::Credentials> proofs_;  // by the name that the CA asks for
  std::shared_ptr<const tls::Context> context_;
  base::FileDescriptor listener_;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

// The name in the handshake for an identifier: of an address its reverse name (RFC 8738, 6).
std::string server_name_of(const Identifier& identifier);

}  // namespace acme
