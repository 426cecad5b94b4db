#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "check/judgement.h"
#include "redis/connection.h"

namespace check {

// One thing that was tried, and what came of it.
struct DiagnosisStep {
  std::string name;  // "resolve", "connect", "handshake", "certificate", "login", "command"
  bool is_ok;
  std::string text;
};

// Why a connection fails: the one thing to mend first.
struct Cause {
  std::string id;        // for machines: "name-mismatch"
  std::string sentence;  // for people
  std::string remedy;    // what to do, with the command where there is one
};

struct Diagnosis {
  std::string target;
  std::vector<DiagnosisStep> steps;
  std::optional<Cause> cause;         // nothing: all is well
  std::vector<std::string> warnings;  // what will be the next cause
  State state() const;
};

struct DiagnosisOptions {
  redis::ConnectOptions connect;  // as the client that fails: who we are, what it is verified with
  std::string ciphers;            // of the client that fails, for TLS 1.2; empty for OpenSSL's
  std::vector<pki::Certificate>
      known_issuers;  // with which a chain may be whole that the server sends in part
};

// Goes the way of a connection step by step and stops where it fails. Nothing is changed at the server.
Diagnosis diagnose(const DiagnosisOptions& options, const base::Clock& clock);

}  // namespace check
