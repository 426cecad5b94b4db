#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "pki/home.h"
#include "redis/tls_settings.h"

namespace rotate {

// Runs a command about a node, without a shell, with REDIS_PKI_NODE (its address) and `variables` in its
// environment; `what` it is for stands in errors. Throws Error: kUsage when it can't be split into words,
// kRefused when it fails or takes longer than a minute.
void run_node_command(const std::string& command, const std::string& what, const std::string& node,
                      std::map<std::string, std::string> variables);

// What is to be brought to another host.
struct Delivery {
  std::string node;  // its address
  std::string lineage;
  int generation = 0;                  // 0: no pair, only what clients are verified with
  pki::CertificateFiles files;         // here
  redis::CertificatePaths there;       // as the server's settings say; empty when they don't
  std::filesystem::path client_roots;  // here; empty: they are to be left alone
  std::string client_roots_there;      // empty when the server doesn't tell
};

// Runs a copy command with these too: REDIS_PKI_LINEAGE, REDIS_PKI_GENERATION, REDIS_PKI_CERT, REDIS_PKI_KEY,
// REDIS_PKI_CA (files here), REDIS_PKI_REMOTE_CERT, REDIS_PKI_REMOTE_KEY (files there); REDIS_PKI_TRUST and
// REDIS_PKI_REMOTE_TRUST. Those of what is to be left alone are empty.
void run_copy_command(const std::string& command, const Delivery& delivery);

}  // namespace rotate
