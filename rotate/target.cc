#include "rotate/target.h"

#include "base/error.h"
#include "base/file.h"
#include "pki/system_roots.h"

namespace rotate {
namespace {

std::vector<pki::Certificate> read_roots(const std::filesystem::path& path) {
  return pki::parse_certificates(base::read_file(path), path.native());
}

// What clients verify the lineage with counts where nothing else is said: its CA may be another one's.
std::vector<pki::Certificate> roots_for(const Target& target, const pki::Home& home,
                                        const pki::Lineage& lineage) {
  if (!target.ca.empty()) return read_roots(target.ca);
  auto roots = home.has_authority() ? read_roots(home.root_certificate()) : pki::system_roots();
  const auto current = lineage.current();
  const auto own = current ? lineage.roots(*current) : std::vector<pki::Certificate>();
  roots.insert(roots.end(), own.begin(), own.end());
  return roots;
}

tls::Credentials read_client_lineage(const pki::Home& home, const std::string& name) {
  const auto lineage = pki::Lineage::open(home, name);
  if (!lineage.current()) {
    throw base::Error(base::ErrorKind::kNotFound, "the lineage '" + name + "' has no certificate yet");
  }
  const auto files = lineage.paths().current_files();
  return tls::load_credentials(files.certificate(), files.key(), {});
}

redis::ConnectOptions options_for(const std::string& address, const Target& target, const pki::Home& home,
                                  const pki::Lineage& lineage, const base::Secret& password) {
  redis::ConnectOptions options;
  options.endpoint = redis::parse_endpoint(address);
  options.user = target.user.empty() ? options.endpoint.user : target.user;
  options.password = password.copy();
  options.roots = roots_for(target, home, lineage);
  if (!target.client_lineage.empty()) {
    options.client = read_client_lineage(home, target.client_lineage);
  } else if (!target.client_certificate.empty()) {
    options.client = tls::load_credentials(target.client_certificate, target.client_key, {});
  }
  options.server_name = target.server_name;
  options.timeout = target.timeout;
  return options;
}

}  // namespace

Channels open_channels(const Target& target, const pki::Home& home, const pki::Lineage& lineage,
                       const ReadSecret& read_secret) {
  const auto password = target.password_source.empty() ? base::Secret() : read_secret(target.password_source);
  Channels channels{options_for(target.address, target, home, lineage, password), std::nullopt};
  if (!target.admin.empty()) channels.admin = options_for(target.admin, target, home, lineage, password);
  return channels;
}

}  // namespace rotate
