#include "server/certificate_loader.h"

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "tls/credentials.h"
#include "tls/rehearsal.h"

namespace server {
namespace {

// One that has expired would refuse every client.
std::vector<pki::Crl> load_crls(const std::string& path, base::Time now) {
  auto crls = pki::parse_crls(base::read_file(path), path);
  for (const pki::Crl& crl : crls) {
    if (crl.next_update() && *crl.next_update() < now) {
      throw base::Error(base::ErrorKind::kInvalid, path + ": the CRL of " + crl.issuer() + " expired at " +
                                                       base::format_timestamp(*crl.next_update()));
    }
  }
  return crls;
}

}  // namespace

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
  if (!config.tls_crl_file.empty()) options.client_crls = load_crls(config.tls_crl_file, clock.now());
  auto context = tls::Context::for_server(credentials, options);
  tls::rehearse_handshake(credentials, options, clock);
  return {credentials.leaf(), std::move(context)};
}

}  // namespace server
