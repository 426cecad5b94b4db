#include "server/installer.h"

#include <sys/resource.h>

#include <memory>
#include <system_error>

#include "base/error.h"
#include "resp/encoder.h"
#include "server/server.h"

namespace server {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kFlushTime{100};
constexpr int kNice = 10;

// What has to be loaded can wait for those who are served.
void give_way_to_loops() { ::setpriority(PRIO_PROCESS, 0, kNice); }  // of this thread alone, in Linux

}  // namespace

// Of loading: a certificate, or why there is none.
struct Installer::Outcome {
  std::optional<LoadedCertificate> certificate;
  std::string refusal;
};

void Installer::install(Installation installation) {
  queue_.push_back(std::move(installation));
  if (queue_.size() == 1) start_first();  // else another one is under way, and this one is next
}

bool Installer::install_loaded(Installation installation) {
  if (!server_.slots().superseded_by(installation.certificate->leaf)) {
    server_.publish(installation, 0);
    return true;
  }
  install(std::move(installation));
  return false;
}

// After what is being executed now.
void Installer::call_soon(std::function<void()> step) {
  server_.main_loop().call_at(steady_clock::now(), [this, step = std::move(step)] {
    const auto lock = server_.lock();
    step();
  });
}

void Installer::start_first() {
  if (queue_.empty()) return;
  if (queue_.front().certificate) {
    call_soon([this] { begin(); });
  } else {
    load();
  }
}

void Installer::load() {
  auto config = std::make_shared<Config>(server_.config_after(queue_.front().changes));
  auto material = std::make_shared<std::optional<TlsMaterial>>(std::move(queue_.front().material));
  const auto work = [this, config, material] {
    give_way_to_loops();
    const auto outcome = std::make_shared<Outcome>();
    try {
      if (!*material) *material = read_material(*config);
      outcome->certificate = load_certificate(*config, **material, server_.clock());
    } catch (const std::exception& error) {
      outcome->refusal = error.what();
    }
    call_soon([this, outcome] { on_loaded(std::move(*outcome)); });
  };
  try {
    loader_ = std::jthread(work);
  } catch (const std::system_error& error) {
    refuse_first(std::string("no thread to load it: ") + error.what());
  }
}

void Installer::on_loaded(Outcome outcome) {
  if (!outcome.certificate) return refuse_first(outcome.refusal);
  queue_.front().certificate = std::move(outcome.certificate);
  begin();
}

void Installer::refuse_first(const std::string& reason) {
  const Installation refused = std::move(queue_.front());
  queue_.pop_front();
  if (refused.on_refusal) {
    refused.on_refusal(reason);
  } else {
    server_.report_refusal(server_.config_after(refused.changes).tls_cert_file, refused.by, reason);
  }
  if (refused.requester) {
    std::string reply;
    resp::Encoder(reply, 2).error(refused.error_prefix + reason);
    tell(*refused.requester, std::move(reply));
  }
  start_first();
}

// In its own loop, when it is still there.
void Installer::tell(uint64_t requester, std::string reply) {
  const Connection* connection = server_.find(requester);
  if (connection == nullptr) return;
  server_.call_later(*connection, {},
                     [reply = std::move(reply)](Connection& waiting) { waiting.resume_with(reply); });
}

void Installer::begin() {
  if (queue_.empty() || has_begun_) return;
  has_begun_ = true;
  requester_told_ = false;
  dropped_ = 0;
  superseded_ = server_.slots().superseded_by(queue_.front().certificate->leaf);
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
  call_soon([this] { finish_when_all_have_ended(); });
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
  server_.call_later(*requester, {},
                     [&server = server_, reply = queue_.front().reply](Connection& connection) {
                       connection.seal_with(reply);
                       server.on_connection_ended(connection.client().id);
                     });
}

void Installer::finish() {
  const Installation installation = std::move(queue_.front());
  queue_.pop_front();
  has_begun_ = false;
  server_.publish(installation, dropped_);
  start_first();
  if (!installation.requester) return;
  // Whoever reads the OK and connects anew gets the new certificate, whichever loop serves it.
  if (requester_told_) return server_.end_connections({*installation.requester}, kFlushTime);
  tell(*installation.requester, installation.reply);
}

}  // namespace server
