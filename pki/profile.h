#pragma once

#include <string_view>

namespace pki {

// What a leaf certificate is for; it decides the extended key usage (RFC 5280, 4.2.1.12).
enum class Profile {
  kServer,  // serverAuth
  kClient,  // clientAuth
  kPeer,    // both: replication and cluster bus, where a server is also a client
};

// "server", "client", "peer"; parse throws Error(kUsage).
std::string_view to_string(Profile profile);
Profile parse_profile(std::string_view text);

inline bool serves(Profile profile) { return profile != Profile::kClient; }
inline bool dials(Profile profile) { return profile != Profile::kServer; }

}  // namespace pki
