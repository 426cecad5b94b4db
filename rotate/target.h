#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/secret.h"
#include "pki/home.h"
#include "pki/lineage.h"
#include "redis/connection.h"

namespace rotate {

// A running server that serves a lineage, and how to reach it. Holds no secret, only where it comes from.
struct Target {
  std::string address;          // as redis::parse_endpoint reads it: its identity
  std::string user;             // for AUTH
  std::string password_source;  // "file:…", "env:…"; empty for none
  std::string client_lineage;   // for mTLS: a lineage of the home, or a pair of files
  std::filesystem::path client_certificate;
  std::filesystem::path client_key;
  std::filesystem::path ca;  // what the server is verified with; empty for the home's root, else the system's
  std::string server_name;   // to verify instead of the host
  std::string admin;         // another channel for commands; empty for the address
  std::chrono::milliseconds timeout{10'000};
  bool discovers = false;       // the others that it knows of are targets too
  std::string copy_command;     // brings files to it, where we can't write them
  std::string restart_command;  // for one that can't reload, a Sentinel
};

// Turns a password source into the password.
using ReadSecret = std::function<base::Secret(const std::string& source)>;

// How one of its two channels is reached.
struct Channels {
  redis::ConnectOptions clients;               // as clients reach it
  std::optional<redis::ConnectOptions> admin;  // for commands, when it is another
};

// Reads the files and secrets that the target names. Throws Error.
Channels open_channels(const Target& target, const pki::Home& home, const pki::Lineage& lineage,
                       const ReadSecret& read_secret);

}  // namespace rotate
