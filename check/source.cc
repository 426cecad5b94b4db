#include "check/source.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "pki/chain_verifier.h"
#include "pki/lineage.h"
#include "redis/endpoint.h"
#include "tls/client.h"

namespace check {
namespace fs = std::filesystem;
namespace {

using base::Error;

constexpr std::string_view kCertificateMark = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kTrustedCertificateMark = "-----BEGIN TRUSTED CERTIFICATE-----";

void append(pki::Findings& findings, pki::Findings more) {
  std::move(more.begin(), more.end(), std::back_inserter(findings));
}

// Dates are the judgement's business.
pki::Findings without_dates(pki::Findings findings) {
  std::erase_if(findings, [](const pki::Finding& finding) {
    return finding.code == "expired" || finding.code == "not_yet_valid";
  });
  return findings;
}

Observation observe_lineage(const std::string& name, const pki::Home& home, const base::Clock& clock) {
  Observation seen;
  seen.source = "lineage " + name;
  try {
    const auto lineage = pki::Lineage::open(home, name);
    const auto current = lineage.current();
    if (!current) {
      seen.failure = "has no certificate in service";
      return seen;
    }
    seen.chain = lineage.chain(*current);
    append(seen.findings, pki::verify_pair(seen.chain, lineage.key(*current)));
    append(seen.findings, without_dates(pki::verify_chain(
                              seen.chain, lineage.roots(*current),
                              {.purpose = lineage.settings().profile, .host = {}, .at = clock.now()})));
  } catch (const Error& error) {
    seen.chain.clear();
    seen.failure = error.what();
  }
  return seen;
}

Observation observe_file(const fs::path& path) {
  Observation seen;
  seen.source = path.native();
  try {
    seen.chain = pki::parse_certificates(base::read_file(path), path.native());
  } catch (const Error& error) {
    seen.failure = error.what();
  }
  return seen;
}

// Files of a directory are looked at when they hold a certificate, whatever their name.
std::optional<Observation> observe_found_file(const fs::path& path) {
  try {
    const std::string bytes = base::read_file(path);
    if (bytes.find(kCertificateMark) == std::string::npos &&
        bytes.find(kTrustedCertificateMark) == std::string::npos) {
      return std::nullopt;
    }
  } catch (const Error& error) {
    return Observation{path.native(), {}, {}, error.what()};
  }
  return observe_file(path);
}

bool is_home(const fs::path& directory) { return pki::Home(directory).has_authority(); }

std::vector<Observation> observe_home(const pki::Home& home, const base::Clock& clock) {
  std::vector<Observation> seen;
  for (const auto& path : {home.root_certificate(), home.issuing_certificate(), home.client_roots()}) {
    if (fs::exists(path)) seen.push_back(observe_file(path));
  }
  for (const std::string& name : home.lineage_names()) seen.push_back(observe_lineage(name, home, clock));
  return seen;
}

std::vector<Observation> observe_directory(const fs::path& directory) {
  std::vector<fs::path> files;
  std::vector<Observation> seen;
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(directory, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) files.push_back(entry->path());
    const fs::path at = entry->path();
    entry.increment(error);
    if (error) seen.push_back({at.native(), {}, {}, "can't go on below it: " + error.message()});
  }
  if (error && seen.empty()) seen.push_back({directory.native(), {}, {}, error.message()});
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    if (auto found = observe_found_file(file)) seen.push_back(std::move(*found));
  }
  if (seen.empty()) seen.push_back({directory.native(), {}, {}, "holds no certificate"});
  return seen;
}

Observation observe_endpoint(const std::string& address, const pki::Home& home, const SourceOptions& options,
                             const base::Clock& clock) {
  Observation seen;
  seen.source = address;
  try {
    redis::ConnectOptions connect;
    connect.endpoint = redis::parse_endpoint(address);
    if (connect.endpoint.channel != redis::Endpoint::Channel::kTls) {
      seen.failure = "has no TLS to check";
      return seen;
    }
    const fs::path roots = options.ca.empty() ? home.root_certificate() : options.ca;
    connect.roots = pki::parse_certificates(base::read_file(roots), roots.native());
    tls::ClientOptions client = redis::client_options(connect);
    client.require_trust = false;
    const auto deadline = tls::deadline_in(options.timeout);
    const auto shown = tls::observe_handshake(tls::Socket::connect(connect.endpoint.address, deadline),
                                              tls::Context::for_client(client, clock), deadline);
    seen.chain = shown.chain;
    seen.findings = without_dates(shown.verification);
  } catch (const Error& error) {
    seen.failure = error.what();
  }
  return seen;
}

}  // namespace

std::vector<Observation> observe(const std::string& target, const pki::Home& home,
                                 const SourceOptions& options, const base::Clock& clock) {
  if (target.find("://") == std::string::npos && target.find('/') != std::string::npos) {
    if (!fs::is_directory(target)) return {observe_file(target)};
    return is_home(target) ? observe_home(pki::Home(target), clock) : observe_directory(target);
  }
  if (redis::is_endpoint(target)) return {observe_endpoint(target, home, options, clock)};
  if (home.has_lineage(target)) return {observe_lineage(target, home, clock)};
  if (fs::is_directory(target)) return observe("./" + target, home, options, clock);
  if (fs::exists(target)) return {observe_file(target)};
  return {{target, {}, {}, "is no lineage of " + home.root().native() + ", no file and no HOST:PORT"}};
}

}  // namespace check
