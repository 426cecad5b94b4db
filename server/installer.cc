#include "server/installer.h"

#include "server/server.h"

namespace server {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFlushTime{100};
constexpr std::string_view kOk = "+OK\r\n";

}  // namespace

bool Installer::install(Installation installation) {
  queue_.push_back(std::move(installation));
  if (queue_.size() > 1) return false;  // another one is under way; this one is next
  if (!server_.slots().superseded_by(queue_.front().certificate.leaf)) {
    const Installation ready = std::move(queue_.front());
    queue_.clear();
    server_.publish(ready, 0);
    return true;
  }
  call_soon(&Installer::begin);
  return false;
}

Config Installer::planned_config() const {
  Config config = server_.config();
  for (const Installation& installation : queue_) make_changes(installation.changes, config);
  return config;
}

// After what is being executed now.
void Installer::call_soon(void (Installer::*step)()) {
  server_.main_loop().call_at(steady_clock::now(), [this, step] {
    const auto lock = server_.lock();
    (this->*step)();
  });
}

void Installer::begin() {
  if (queue_.empty() || has_begun_) return;
  has_begun_ = true;
  requester_told_ = false;
  dropped_ = 0;
  superseded_ = server_.slots().superseded_by(queue_.front().certificate.leaf);
  std::vector<uint64_t> ids;
  for (const auto& [id, connection] : server_.connections()) {
    if (superseded_ && connection->client().slot == superseded_ && id != queue_.front().requester) {
      ids.push_back(id);
    }
  }
  end(std::move(ids));
  finish_when_all_have_ended();
}

void Installer::end(std::vector<uint64_t> ids) {
  dropped_ += ids.size();
  ending_.insert(ids.begin(), ids.end());
  server_.end_connections(ids, kFlushTime);
}

void Installer::on_connection_ended(uint64_t id) {
  if (!has_begun_ || ending_.erase(id) == 0 || !ending_.empty()) return;
  call_soon(&Installer::finish_when_all_have_ended);
}

void Installer::finish_when_all_have_ended() {
  if (!has_begun_ || !ending_.empty()) return;
  const auto id = queue_.front().requester;
  Connection* requester = id ? server_.find(*id) : nullptr;
  const bool is_superseded = requester != nullptr && superseded_ && requester->client().slot == superseded_;
  if (!is_superseded || requester_told_) return finish();
  requester_told_ = true;
  ++dropped_;
  ending_.insert(*id);
  server_.call_later(*requester, {}, [&server = server_](Connection& connection) {
    connection.seal_with(kOk);
    server.on_connection_ended(connection.client().id);
  });
}

void Installer::finish() {
  const Installation installation = std::move(queue_.front());
  queue_.pop_front();
  has_begun_ = false;
  server_.publish(installation, dropped_);
  if (!queue_.empty()) call_soon(&Installer::begin);
  if (!installation.requester) return;
  // Whoever reads the OK and connects anew gets the new certificate, whichever loop serves it.
  if (requester_told_) return server_.end_connections({*installation.requester}, kFlushTime);
  if (const Connection* requester = server_.find(*installation.requester)) {
    server_.call_later(*requester, {}, [](Connection& connection) { connection.resume_with(kOk); });
  }
}

}  // namespace server
