#include "rotate/open_target.h"

#include "rotate/redis_target.h"
#include "rotate/sentinel_target.h"

namespace rotate {

std::unique_ptr<ReloadTarget> open_target(WayIn way, const std::string& restart_command,
                                          const base::Clock& clock) {
  redis::Connection connection = connect_as_client(way, way.known_leaves, clock);
  if (redis::get_server_info(connection).is_sentinel) {
    return std::make_unique<SentinelTarget>(std::move(way), restart_command, std::move(connection), clock);
  }
  return std::make_unique<RedisTarget>(std::move(way), std::move(connection), clock);
}

}  // namespace rotate
