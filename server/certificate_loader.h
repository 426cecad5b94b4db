#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "server/config.h"
#include "tls/context.h"

namespace server {

// All bytes of the files that make a certificate of the server.
struct TlsMaterial {
  std::string certificate;
  base::Secret key;
  std::string client_roots;   // of tls-ca-cert-file and all files of tls-ca-cert-dir
  std::string crls;           // empty without tls-crl-file
  std::string dh_parameters;  // empty without tls-dh-params-file
  std::string sha256;         // of all of them: two materials are the same when it is
};

// Throws Error for a file that can't be read, or is not named.
TlsMaterial read_material(const Config& config);

// A certificate that has passed every check and could take a slot now.
struct LoadedCertificate {
  pki::Certificate leaf;
  std::shared_ptr<const tls::Context> context;
  std::vector<pki::Certificate> client_roots;
  std::vector<pki::Crl> client_crls;
  std::string material_sha256;
};

// Checks all (the pair, the chain's order, dates, usages, the client roots) and handshakes with the result in
// memory. Throws Error with the reason; nothing is changed.
LoadedCertificate load_certificate(const Config& config, const TlsMaterial& material,
                                   const base::Clock& clock);

}  // namespace server
