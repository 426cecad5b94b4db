#include "acme/http_solver.h"

#include "base/error.h"
#include "base/file.h"

namespace acme {
namespace {

const std::string kWellKnown = "/.well-known/acme-challenge/";

}  // namespace

ListeningHttpSolver::ListeningHttpSolver(int port) {
  const auto handler = [this](const std::string& path) { return answer(path); };
  try {
    listener_ = std::make_unique<http::Listener>("::", port, handler);
  } catch (const base::Error&) {  // a host without IPv6
    listener_ = std::make_unique<http::Listener>("0.0.0.0", port, handler);
  }
}

http::Page ListeningHttpSolver::answer(const std::string& path) {
  const std::lock_guard guard(mutex_);
  const auto found = answers_.find(path);
  if (found == answers_.end()) return {404, "text/plain", "not here\n"};
  return {200, "application/octet-stream", found->second};
}

void ListeningHttpSolver::present(const Proof& proof) {
  const std::lock_guard guard(mutex_);
  answers_[kWellKnown + proof.token] = proof.key_authorization;
}

void ListeningHttpSolver::withdraw(const Proof& proof) {
  const std::lock_guard guard(mutex_);
  answers_.erase(kWellKnown + proof.token);
}

void WebrootSolver::present(const Proof& proof) {
  if (!std::filesystem::is_directory(webroot_)) {
    throw base::Error(base::ErrorKind::kNotFound, "--webroot: there is no directory " + webroot_.native());
  }
  const std::filesystem::path file = webroot_.native() + kWellKnown + proof.token;
  base::make_directories(file.parent_path(), 0755);
  base::write_file(file, proof.key_authorization, {.mode = 0644});
}

void WebrootSolver::withdraw(const Proof& proof) {
  base::remove_durably(webroot_.native() + kWellKnown + proof.token);
}

}  // namespace acme
