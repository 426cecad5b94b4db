#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/certificate_loader.h"
#include "server/config.h"

namespace server {

class Server;

// A certificate that has passed its checks, on its way to a slot.
struct Installation {
  LoadedCertificate certificate;
  std::vector<ConfigChange> changes;  // made when it is published
  std::optional<uint64_t> requester;  // the connection that asked and waits for the reply
  std::string by;                     // who, for the log
};

// Gives certificates their slots, one after another: ends the connections of the superseded slot first, the
// requester's own last, and then publishes and replies. A connection has 100 ms for the replies that it is
// owed. All with the server's lock.
class Installer {
 public:
  explicit Installer(Server& server) : server_(server) {}

  // True when it is published already, without a word to the requester; else the requester is told when it
  // is.
  bool install(Installation installation);

  bool is_idle() const { return queue_.empty(); }

  // The configuration as it will be when all that is under way is published.
  Config planned_config() const;

  void on_connection_ended(uint64_t id);

 private:
  void begin();
  void end(std::vector<uint64_t> ids);
  void call_soon(void (Installer::*step)());
  void finish_when_all_have_ended();
  void finish();

  Server& server_;
  std::deque<Installation> queue_;  // the first is under way
  std::set<uint64_t> ending_;       // connections that were told to end, and have not
  std::optional<uint64_t> superseded_;
  uint64_t dropped_ = 0;
  bool has_begun_ = false;
  bool requester_told_ = false;  // the reply is encrypted, and sent when it is published
};

}  // namespace server
