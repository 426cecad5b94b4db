#include "server/installer.h"

#include "server/server.h"

namespace server {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFlushTime{100};
constexpr size_t kEndedPerTurn = 200;
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
  // Connections must not be ended while one of them is executing: after this turn's work.
  server_.loop().call_at(steady_clock::now(), [this] { begin(); });
  return false;
}

Config Installer::planned_config() const {
  Config config = server_.config();
  for (const Installation& installation : queue_) make_changes(installation.changes, config);
  return config;
}

void Installer::begin() {
  if (queue_.empty() || has_begun_) return;
  has_begun_ = true;
  requester_told_ = false;
  dropped_ = 0;
  ++number_;
  superseded_ = server_.slots().superseded_by(queue_.front().certificate.leaf);
  to_end_.clear();
  ending_.clear();
  if (superseded_) {
    for (const auto& [id, connection] : server_.connections()) {
      if (connection->slot() == superseded_ && id != queue_.front().requester) to_end_.push_back(id);
    }
  }
  end_some();
}

void Installer::end_some() {
  if (!has_begun_) return;
  std::vector<uint64_t> told;
  while (!to_end_.empty() && told.size() < kEndedPerTurn) {
    const uint64_t id = to_end_.back();
    to_end_.pop_back();
    Connection* connection = server_.find(id);
    if (connection == nullptr) continue;
    ++dropped_;
    told.push_back(id);
    ending_.insert(id);
    if (connection->goodbye()) ending_.erase(id);
  }
  if (!told.empty()) {
    server_.loop().call_at(steady_clock::now() + kFlushTime,
                           [this, number = number_, told] { close_late_ones(number, told); });
  }
  if (!to_end_.empty()) {
    server_.loop().call_at(steady_clock::now(), [this] { end_some(); });
  }
  finish_when_all_have_ended();
}

void Installer::close_late_ones(uint64_t number, const std::vector<uint64_t>& ids) {
  if (!has_begun_ || number != number_) return;
  for (const uint64_t id : ids) {
    if (!ending_.contains(id)) continue;
    if (Connection* connection = server_.find(id)) connection->close();
    ending_.erase(id);
  }
  finish_when_all_have_ended();
}

void Installer::on_connection_ended(uint64_t id) {
  if (!has_begun_) return;
  ending_.erase(id);
  // Not at once: the connection is still at work.
  server_.loop().call_at(steady_clock::now(), [this] { finish_when_all_have_ended(); });
}

void Installer::finish_when_all_have_ended() {
  if (!has_begun_ || !to_end_.empty() || !ending_.empty()) return;
  const auto id = queue_.front().requester;
  Connection* requester = id ? server_.find(*id) : nullptr;
  const bool is_superseded = requester != nullptr && superseded_ && requester->slot() == superseded_;
  if (!is_superseded) return finish();
  if (requester_told_) return finish();  // its time to flush is up, or it has ended
  requester_told_ = true;
  ++dropped_;
  ending_.insert(*id);
  requester->append_reply(kOk);
  if (requester->goodbye()) return finish();
  server_.loop().call_at(steady_clock::now() + kFlushTime,
                         [this, number = number_, asked = *id] { close_late_ones(number, {asked}); });
}

void Installer::finish() {
  const Installation installation = std::move(queue_.front());
  queue_.pop_front();
  has_begun_ = false;
  server_.publish(installation, dropped_);
  if (!queue_.empty()) {
    server_.loop().call_at(steady_clock::now(), [this] { begin(); });
  }
  if (requester_told_ || !installation.requester) return;
  if (Connection* requester = server_.find(*installation.requester)) requester->resume_with(kOk);
}

}  // namespace server
