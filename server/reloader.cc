#include "server/reloader.h"

#include <algorithm>

#include "base/error.h"
#include "server/server.h"

namespace server {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kRetry{20};  // while an installation is under way
constexpr unsigned kMostDoublings = 6;           // of the interval, for what is refused again and again

}  // namespace

void Reloader::follow_interval() {
  const auto interval = std::chrono::seconds(server_.config().tls_auto_reload_interval);
  if (interval == interval_) return;
  interval_ = interval;
  ++schedule_;
  if (interval_.count() > 0) look_later();
}

void Reloader::look_later() {
  server_.main_loop().call_at(steady_clock::now() + interval_, [this, mine = schedule_] {
    const auto lock = server_.lock();
    if (mine != schedule_) return;
    if (!server_.is_installing()) look("auto-reload");
    look_later();
  });
}

void Reloader::reload_now() {
  if (server_.is_installing()) {
    server_.main_loop().call_at(steady_clock::now() + kRetry, [this] {
      const auto lock = server_.lock();
      reload_now();
    });
    return;
  }
  refused_sha256_.clear();
  look("SIGHUP");
}

void Reloader::look(const std::string& by) {
  try {
    TlsMaterial material = read_material(server_.config());
    const std::string sha256 = material.sha256;
    if (sha256 == server_.installed_material()) return;
    if (sha256 != refused_sha256_) refused_sha256_.clear();
    if (sha256 == refused_sha256_ && steady_clock::now() < next_try_) return;
    server_.install_material(std::move(material), by, [this, sha256, by](const std::string& reason) {
      note_refusal(sha256, by, reason);
    });
  } catch (const base::Error& error) {
    note_refusal("unreadable", by, error.what());
  }
}

void Reloader::note_refusal(const std::string& sha256, const std::string& by, const std::string& reason) {
  refusals_ = sha256 == refused_sha256_ ? refusals_ + 1 : 0;
  if (refusals_ == 0) server_.report_refusal(server_.config().tls_cert_file, by, reason);
  refused_sha256_ = sha256;
  next_try_ = steady_clock::now() +
              std::max(interval_, std::chrono::seconds(1)) * (1u << std::min(refusals_, kMostDoublings));
}

}  // namespace server
