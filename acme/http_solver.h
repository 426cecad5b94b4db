#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>

#include "acme/solver.h"
#include "http/listener.h"

namespace acme {

// http-01 (RFC 8555, 8.3) by a server of our own, which answers nothing else.
class ListeningHttpSolver : public Solver {
 public:
  // Listens on all addresses. Throws Error(kIo).
  explicit ListeningHttpSolver(int port);

  std::string_view type() const override { return "http-01"; }
  void present(const Proof& proof) override;
  void withdraw(const Proof& proof) override;

 private:
  http::Page answer(const std::string& path);

  std::mutex mutex_;
  std::map<std::string, std::string> answers_;  // by path
  std::unique_ptr<http::Listener> listener_;    // the last: it calls answer()
};

// The same by files that another web server serves.
class WebrootSolver : public Solver {
 public:
  explicit WebrootSolver(std::filesystem::path webroot) : webroot_(std::move(webroot)) {}

  std::string_view type() const override { return "http-01"; }
  void present(const Proof& proof) override;
  void withdraw(const Proof& proof) override;

 private:
  std::filesystem::path webroot_;
};

}  // namespace acme
