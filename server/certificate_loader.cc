#include "server/certificate_loader.h"

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "pki/digest.h"
#include "tls/credentials.h"
#include "tls/rehearsal.h"

namespace server {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorKind;

// One that has expired would refuse every client.
std::vector<pki::Crl> parse_current_crls(const std::string& pem, const std::string& path, base::Time now) {
  auto crls = pki::parse_crls(pem, path);
  for (const pki::Crl& crl : crls) {
    if (crl.next_update() && *crl.next_update() < now) {
      throw Error(ErrorKind::kInvalid, path + ": the CRL of " + crl.issuer() + " expired at " +
                                           base::format_timestamp(*crl.next_update()));
    }
  }
  return crls;
}

// The certificates of a directory, in the order of their names; other files in it are passed over, as OpenSSL
// does.
std::string read_directory(const fs::path& directory) {
  std::vector<fs::path> files;
  try {
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  } catch (const fs::filesystem_error& error) {
    throw base::system_error("read", directory.native(), error.code().value());
  }
  std::sort(files.begin(), files.end());
  std::string pem;
  for (const fs::path& file : files) {
    const std::string text = base::read_file(file);
    if (text.find("-----BEGIN CERTIFICATE-----") != std::string::npos) pem += text + "\n";
  }
  return pem;
}

std::string read_if_named(const std::string& path) {
  return path.empty() ? std::string() : base::read_file(path);
}

}  // namespace

TlsMaterial read_material(const Config& config) {
  if (config.tls_cert_file.empty()) throw Error(ErrorKind::kUsage, "no tls-cert-file configured");
  if (config.tls_key_file.empty()) throw Error(ErrorKind::kUsage, "no tls-key-file configured");
  TlsMaterial material;
  material.certificate = base::read_file(config.tls_cert_file);
  material.key = base::read_secret_file(config.tls_key_file);
  material.client_roots = read_if_named(config.tls_ca_cert_file);
  if (!config.tls_ca_cert_dir.empty()) material.client_roots += read_directory(config.tls_ca_cert_dir);
  material.crls = read_if_named(config.tls_crl_file);
  material.dh_parameters = read_if_named(config.tls_dh_params_file);
  material.sha256 = pki::sha256_of({material.certificate, material.key.bytes(), material.client_roots,
                                    material.crls, material.dh_parameters});
  return material;
}

LoadedCertificate load_certificate(const Config& config, const TlsMaterial& material,
                                   const base::Clock& clock) {
  const auto credentials =
      tls::parse_credentials(material.certificate, config.tls_cert_file, material.key, config.tls_key_file,
                             base::Secret(config.tls_key_file_pass));
  tls::require_usable(credentials, pki::Profile::kServer, clock.now());

  tls::ServerOptions options = config.tls_options();
  if (!material.client_roots.empty()) {
    const auto& origin = config.tls_ca_cert_file.empty() ? config.tls_ca_cert_dir : config.tls_ca_cert_file;
    options.client_roots = pki::parse_certificates(material.client_roots, origin);
  }
  if (!material.crls.empty()) {
    options.client_crls = parse_current_crls(material.crls, config.tls_crl_file, clock.now());
  }
  if (!material.dh_parameters.empty()) {
    tls::require_dh_parameters(material.dh_parameters, config.tls_dh_params_file);
    options.dh_parameters = material.dh_parameters;
  }
  auto context = tls::Context::for_server(credentials, options);
  tls::rehearse_handshake(credentials, options, clock);
  return {credentials.leaf(), std::move(context), options.client_roots, options.client_crls, material.sha256};
}

}  // namespace server
