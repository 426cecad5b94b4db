#include "rotate/open_target.h"

#include "rotate/redis_target.h"
#include "rotate/sentinel_target.h"

namespace rotate {

namespace {

std::unique_ptr<ReloadTarget> make_target(WayIn way, const std::string& restart_command,
                                          pki::Certificate served, redis::Connection connection,
                                          const base::Clock& clock) {
  if (redis::get_server_info(connection).is_sentinel) {
    return std::make_unique<SentinelTarget>(std::move(way), restart_command, std::move(served),
                                            std::move(connection), clock);
  }
  return std::make_unique<RedisTarget>(std::move(way), std::move(served), std::move(connection), clock);
}

}  // namespace

std::unique_ptr<ReloadTarget> open_target(WayIn way, const std::string& restart_command,
                                          const base::Clock& clock) {
  if (way.admin) {
    auto served = observe_served(way, clock);
    auto connection = redis::Connection::open(*way.admin, clock);
    return make_target(std::move(way), restart_command, std::move(served), std::move(connection), clock);
  }
  auto connection = connect_as_client(way, way.known_leaves, clock);
  auto served = connection.handshake()->chain.front();
  return make_target(std::move(way), restart_command, std::move(served), std::move(connection), clock);
}

}  // namespace rotate
