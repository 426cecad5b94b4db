#pragma once

#include <string>

namespace server {

class Server;

// All that INFO counts, in Prometheus' text format 0.0.4, under the names of redis_exporter where it has
// them. With the server's lock.
std::string describe_metrics(const Server& server);

}  // namespace server
