#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "pki/home.h"
#include "redis/connection.h"

namespace CLI {
class App;
}

namespace cli {

// How a server is reached that is only looked at: who we are there, and what it is verified with.
struct ServerAccess {
  std::string user;
  std::string password;
  std::string client_lineage;
  std::string client_certificate;
  std::string client_key;
  std::string ca;
  std::string server_name;
  std::string timeout = "5s";

  void bind(CLI::App& app);

  // Throws Error: for what can't be parsed, and for files and secrets that can't be read.
  redis::ConnectOptions options_for(const std::string& address, const Environment& environment) const;
};

// Where a password comes from when nothing is said: "env:REDISCLI_AUTH" when that is set, else nowhere.
std::string default_password_source();

// Throws Error(kUsage) when there is one of --client-cert and --client-key without the other.
void require_both(const std::string& client_certificate, const std::string& client_key);

// The certificates of a PEM file.
std::vector<pki::Certificate> read_roots(const std::string& file);

// What servers are verified with where nothing is said: a Redis of ours is of our CA, else the system's; the
// web is not.
std::vector<pki::Certificate> default_roots(const pki::Home& home, bool is_web);

// The certificate in service of a lineage. Throws Error.
tls::Credentials read_client_lineage(const pki::Home& home, const std::string& name);

}  // namespace cli
