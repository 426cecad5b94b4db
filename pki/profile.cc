#include "pki/profile.h"

#include <string>

#include "base/error.h"

namespace pki {

std::string_view to_string(Profile profile) {
  switch (profile) {
    case Profile::kServer:
      return "server";
    case Profile::kClient:
      return "client";
    case Profile::kPeer:
      return "peer";
  }
  return "";
}

Profile parse_profile(std::string_view text) {
  for (const Profile profile : {Profile::kServer, Profile::kClient, Profile::kPeer}) {
    if (to_string(profile) == text) return profile;
  }
  throw base::Error(base::ErrorKind::kUsage,
                    "unknown profile '" + std::string(text) + "'; there are server, client and peer");
}

}  // namespace pki
