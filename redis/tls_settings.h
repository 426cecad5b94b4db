#pragma once

#include <string>

#include "redis/connection.h"
#include "redis/server_info.h"

namespace redis {

// The files of a certificate, with those of its chain, and its key.
struct CertificatePaths {
  std::string certificate;
  std::string key;

  bool operator==(const CertificatePaths&) const = default;
  bool empty() const { return certificate.empty() && key.empty(); }
};

// The pairs that a server reads.
struct TlsFiles {
  CertificatePaths server;  // tls-cert-file, tls-key-file: shown to clients
  CertificatePaths
      client;  // tls-client-cert-file, …: shown where it dials out; empty when it shows the other

  bool operator==(const TlsFiles&) const = default;
};

struct TlsSettings {
  TlsFiles files;
  uint16_t port = 0;             // tls-port
  std::string ca_file;           // tls-ca-cert-file
  bool verifies_clients = true;  // tls-auth-clients
  bool replication = false;      // tls-replication: it dials its master with TLS
  bool cluster = false;          // tls-cluster: it dials the other nodes with TLS
};

// CONFIG GET. Throws Error(kRefused) when the server doesn't allow it or has no TLS.
TlsSettings get_tls_settings(Connection& connection);

// Throws Error(kRefused) that says what to do, when set_tls_files can't bring the server from `set` to
// `wanted`.
void require_settable(const Connection& connection, const ServerInfo& server, const TlsFiles& wanted,
                      const TlsFiles& set);

// CONFIG SET of all paths in one command, so that the server never tries a half-changed pair; unchanged paths
// make it read the files again. `set` are the paths that the server has now, in its own spelling, and become
// those that it has then. Throws Error(kRefused) with the server's words.
void set_tls_files(Connection& connection, const ServerInfo& server, const TlsFiles& wanted, TlsFiles& set);

}  // namespace redis
