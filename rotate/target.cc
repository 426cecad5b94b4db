#include "rotate/target.h"

#include "base/error.h"
#include "base/file.h"
#include "pki/lineage.h"

namespace rotate {
namespace {

std::vector<pki::Certificate> read_roots(const std::filesystem::path& path) {
  return pki::parse_certificates(base::read_file(path), path.native());
}

tls::Credentials read_client_lineage(const pki::Home& home, const std::string& name) {
  const auto lineage = pki::Lineage::open(home, name);
  if (!lineage.current()) {
    throw base::Error(base::ErrorKind::kNotFound, "the lineage '" + name + "' has no certificate yet");
  }
  const auto files = lineage.paths().current_files();
  return tls::load_credentials(files.certificate(), files.key(), {});
}

}  // namespace

redis::ConnectOptions connect_options(const Target& target, const pki::Home& home,
                                      const ReadSecret& read_secret) {
  redis::ConnectOptions options;
  options.endpoint = redis::parse_endpoint(target.address);
  options.user = target.user.empty() ? options.endpoint.user : target.user;
  if (!target.password_source.empty()) options.password = read_secret(target.password_source);
  options.roots = read_roots(target.ca.empty() ? home.root_certificate() : target.ca);
  if (!target.client_lineage.empty()) {
    options.client = read_client_lineage(home, target.client_lineage);
  } else if (!target.client_certificate.empty()) {
    options.client = tls::load_credentials(target.client_certificate, target.client_key, {});
  }
  options.server_name = target.server_name;
  options.timeout = target.timeout;
  return options;
}

}  // namespace rotate
