#include "redis/endpoint.h"

#include "base/error.h"

namespace redis {
namespace {

using base::Error;
using base::ErrorKind;
using Channel = Endpoint::Channel;

constexpr std::string_view kTlsScheme = "rediss://";
constexpr std::string_view kPlainScheme = "redis://";
constexpr std::string_view kUnixScheme = "unix:";
constexpr uint16_t kDefaultPort = 6379;

Endpoint parse_url(std::string_view text, Channel channel, std::string_view rest) {
  Endpoint endpoint;
  endpoint.channel = channel;
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) {
    endpoint.user = std::string(rest.substr(0, at));
    rest.remove_prefix(at + 1);
    if (endpoint.user.find(':') != std::string::npos) {
      throw Error(
          ErrorKind::kUsage,
          "a password in the address could be seen by others; give it with --pass file:PATH or env:NAME");
    }
  }
  auto address = tls::parse_host_port(rest);
  if (!address) address = tls::parse_host_port(std::string(rest) + ":" + std::to_string(kDefaultPort));
  if (!address)
    throw Error(ErrorKind::kUsage, "'" + std::string(text) + "' is no address; write it like HOST:PORT");
  endpoint.address = *address;
  return endpoint;
}

}  // namespace

std::string Endpoint::to_string() const {
  if (channel == Channel::kUnix) return std::string(kUnixScheme) + unix_path.native();
  const std::string name = (user.empty() ? "" : user + "@") + address.to_string();
  if (channel == Channel::kPlain) return std::string(kPlainScheme) + name;
  return user.empty() ? name : std::string(kTlsScheme) + name;
}

Endpoint parse_endpoint(std::string_view text) {
  if (text.starts_with(kTlsScheme)) return parse_url(text, Channel::kTls, text.substr(kTlsScheme.size()));
  if (text.starts_with(kPlainScheme))
    return parse_url(text, Channel::kPlain, text.substr(kPlainScheme.size()));
  if (text.starts_with(kUnixScheme) && text.size() > kUnixScheme.size()) {
    Endpoint endpoint;
    endpoint.channel = Channel::kUnix;
    endpoint.unix_path = text.substr(kUnixScheme.size());
    return endpoint;
  }
  const auto address = tls::parse_host_port(text);
  if (!address) {
    throw Error(ErrorKind::kUsage,
                "'" + std::string(text) +
                    "' is no address; write it like HOST:PORT, rediss://HOST:PORT or unix:PATH");
  }
  Endpoint endpoint;
  endpoint.address = *address;
  return endpoint;
}

bool is_endpoint(std::string_view text) {
  return text.starts_with(kTlsScheme) || text.starts_with(kPlainScheme) || text.starts_with(kUnixScheme) ||
         tls::parse_host_port(text).has_value();
}

}  // namespace redis
