#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "tls/address.h"

namespace redis {

// Where a Redis-compatible server is reached.
struct Endpoint {
  enum class Channel { kTls, kPlain, kUnix };

  Channel channel = Channel::kTls;
  tls::HostPort address;            // kTls, kPlain
  std::filesystem::path unix_path;  // kUnix
  std::string user;                 // from redis://user@host:port; empty for none

  std::string to_string() const;  // as it can be parsed again
};

// Reads "HOST:PORT" (TLS), "rediss://[user@]HOST:PORT", "redis://[user@]HOST:PORT" and "unix:PATH".
// Throws Error(kUsage); a password in the URL is refused, because command lines are public.
Endpoint parse_endpoint(std::string_view text);

// Whether it has the form of one, so that it is not the name of a lineage or file.
bool is_endpoint(std::string_view text);

}  // namespace redis
