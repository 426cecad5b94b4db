#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "server/certificate_loader.h"
#include "server/config.h"

namespace server {

class Server;

// A certificate on its way to a slot.
struct Installation {
  std::vector<ConfigChange> changes;    // made when it is published
  std::optional<TlsMaterial> material;  // what is read already; else the files that the changes name are read
  std::optional<LoadedCertificate> certificate;  // once it has passed its checks
  std::optional<uint64_t> requester;             // the connection that waits for the reply
  std::string reply = "+OK\r\n";                 // encoded
  std::string error_prefix;                      // of the reply when it is refused, before the reason
  std::string by;                                // who, for the log
  std::function<void(const std::string& reason)> on_refusal;  // tells it, instead of a line in the log
};

// Gives certificates their slots, one after another: loads and checks each on a thread of its own, so that no
// client waits for that but the one that asks; ends the connections of the superseded slot, the requester's
// own last; and then publishes and replies. A connection has 100 ms for the replies that it is owed. All with
// the server's lock.
class Installer {
 public:
  explicit Installer(Server& server) : server_(server) {}

  // The requester is told when it is published; on_refusal(), when it is refused: then nothing has changed.
  void install(Installation installation);

  // The same for one that is loaded already, when nothing else is under way: true when it is published at
  // once, without a word to the requester. False when connections must end first; then the requester is told.
  bool install_loaded(Installation installation);

  // What the requester of the one under way is told instead of OK, when it is published.
  void reply_with(std::string encoded) { queue_.front().reply = std::move(encoded); }

  bool is_idle() const { return queue_.empty(); }

  void on_connection_ended(uint64_t id);

 private:
  struct Outcome;

  void start_first();
  void load();
  void on_loaded(Outcome outcome);
  void refuse_first(const std::string& reason);
  void tell(uint64_t requester, std::string reply);
  void begin();
  void end(std::vector<uint64_t> ids);
  void call_soon(std::function<void()> step);
  void finish_when_all_have_ended();
  void finish();

  Server& server_;
  std::deque<Installation> queue_;  // the first is under way
  std::set<uint64_t> ending_;       // connections that were told to end, and have not
  std::optional<uint64_t> superseded_;
  uint64_t dropped_ = 0;
  bool has_begun_ = false;       // to end connections
  bool requester_told_ = false;  // the reply is encrypted, and sent when it is published
  std::jthread loader_;
};

}  // namespace server
