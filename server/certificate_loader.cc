#include "server/certificate_loader.h"

#include "base/error.h"
#include "base/file.h"
#include "tls/credentials.h"
#include "tls/rehearsal.h"

namespace server {

LoadedCertificate load_certificate(const Config& config, const base::Clock& clock) {
  if (config.tls_cert_file.empty()) throw base::Error(base::ErrorKind::kUsage, "no tls-cert-file configured");
  if (config.tls_key_file.empty()) throw base::Error(base::ErrorKind::kUsage, "no tls-key-file configured");
  const auto credentials = tls::load_credentials(config.tls_cert_file, config.tls_key_file,
                                                 base::Secret(config.tls_key_file_pass));
  tls::require_usable(credentials, pki::Profile::kServer, clock.now());

  tls::ServerOptions options = config.tls_options();
  if (!config.tls_ca_cert_file.empty()) {
    options.client_roots =
        pki::parse_certificates(base::read_file(config.tls_ca_cert_file), config.tls_ca_cert_file);
  }
  auto context = tls::Context::for_server(credentials, options);
  tls::rehearse_handshake(credentials, options, clock);
  return {credentials.leaf(), std::move(context)};
}

}  // namespace server
