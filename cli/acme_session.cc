#include "cli/acme_session.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <string>

#include "acme/dns_solver.h"
#include "acme/http_solver.h"
#include "acme/tls_alpn_solver.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/secret_source.h"
#include "base/words.h"
#include "cli/version.h"
#include "pki/system_roots.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using std::chrono::steady_clock;

constexpr std::chrono::minutes kLongest{5};     // for an order; what isn't done then is gone on with later
constexpr std::chrono::seconds kGlance{4};      // for what can be done without
constexpr std::chrono::seconds kExchange{15};   // for each request
constexpr std::chrono::minutes kHookLimit{10};  // for a DNS hook, which waits for its zone

int port_of(const std::string& text, int otherwise) {
  if (text.empty()) return otherwise;
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536) return port;
  throw Error(ErrorKind::kUsage, "'" + text + "' is no port");
}

std::unique_ptr<acme::Solver> make_dns_solver(const IssuerSettings& settings,
                                              const Environment& environment) {
  if (const std::string hook = settings["dns-hook"]; !hook.empty()) {
    auto command = base::split_words(hook);
    if (!command || command->empty())
      throw Error(ErrorKind::kUsage, "--dns-hook: its quotes are not balanced");
    return std::make_unique<acme::DnsHookSolver>(std::move(*command), kHookLimit);
  }
  if (const std::string server = settings["dns-nsupdate"]; !server.empty()) {
    return std::make_unique<acme::NsupdateSolver>(server, settings["dns-nsupdate-key"], kHookLimit);
  }
  return std::make_unique<acme::ManualDnsSolver>([&environment](const std::string& text) {
    environment.context.err << text << "\nThen press Enter. " << std::flush;
    std::string line;
    std::getline(std::cin, line);
  });
}

std::unique_ptr<acme::Solver> make_solver(const IssuerSettings& settings, const Environment& environment) {
  const std::string challenge = settings["challenge"];
  if (challenge == "dns-01") return make_dns_solver(settings, environment);
  if (challenge == "tls-alpn-01") {
    return std::make_unique<acme::TlsAlpnSolver>(port_of(settings["tls-alpn-port"], 443));
  }
  if (const std::string webroot = settings["webroot"]; !webroot.empty()) {
    return std::make_unique<acme::WebrootSolver>(webroot);
  }
  return std::make_unique<acme::ListeningHttpSolver>(port_of(settings["http-port"], 80));
}

// What is wrong with them is told before the CA is asked for anything.
void require_solver(const IssuerSettings& settings) {
  const std::string challenge = settings["challenge"];
  if (!challenge.empty() && challenge != "http-01" && challenge != "tls-alpn-01" && challenge != "dns-01") {
    throw Error(ErrorKind::kUsage,
                "--challenge: '" + challenge + "' is not there; there are http-01, tls-alpn-01 and dns-01");
  }
  port_of(settings["http-port"], 80);
  port_of(settings["tls-alpn-port"], 443);
  const bool has_way = !settings["dns-hook"].empty() || !settings["dns-nsupdate"].empty();
  if (challenge == "dns-01" && !has_way && ::isatty(STDIN_FILENO) == 0) {
    throw Error(ErrorKind::kUsage, "dns-01 needs --dns-hook or --dns-nsupdate where nobody can be asked");
  }
}

std::vector<pki::Certificate> trusted_roots(const std::string& file) {
  return file.empty() ? pki::system_roots() : pki::parse_certificates(base::read_file(file), file);
}

class AcmeIssuer : public pki::Issuer {
 public:
  AcmeIssuer(IssuerSettings settings, const Environment& environment)
      : settings_(std::move(settings)), environment_(environment) {}

  pki::IssuedCertificate issue(const pki::CertificateOrder& order) override {
    require_solver(settings_);
    const pki::Home home(environment_.globals.home);
    acme::IssuerOptions options;
    options.profile = settings_["acme-profile"];
    options.preferred_chain = settings_["preferred-chain"];
    options.roots = trusted_roots(settings_["trust"]);
    options.registration = registration_of(settings_);
    options.tell = [this](const std::string& what) {
      if (!environment_.globals.quiet) environment_.context.err << "redis-pki: " << what << std::endl;
    };
    AcmeSession session(settings_, environment_);
    acme::AcmeIssuer issuer(
        home, session.transport(), [this] { return make_solver(settings_, environment_); },
        std::move(options));
    return issuer.issue(order);
  }

 private:
  const IssuerSettings settings_;
  const Environment& environment_;
};

}  // namespace

CommandPatience::CommandPatience(std::chrono::milliseconds longest)
    : deadline_(steady_clock::now() + longest) {}

void CommandPatience::wait(std::chrono::milliseconds time, const std::string& what) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - steady_clock::now());
  if (time > left) {
    throw Error(ErrorKind::kTimeout,
                what + "; come back in " +
                    base::format_duration(std::chrono::ceil<std::chrono::seconds>(time)) +
                    ", the order will be gone on with");
  }
  if (interruption_.wait(time)) {
    throw Error(ErrorKind::kRefused, "interrupted; the next run goes on with the order");
  }
}

AcmeSession::AcmeSession(const IssuerSettings& settings, const Environment& environment, Kind kind)
    : patience_(kind == Kind::kGlance ? std::chrono::milliseconds(kGlance) : kLongest),
      client_({.ca = settings["cacert"],
               .timeout = kind == Kind::kGlance ? kGlance : kExchange,
               .user_agent = std::string("redis-pki/") + kVersion}),
      transport_(client_, settings["server"], environment.context.clock, patience_) {
  if (transport_.directory_url().empty()) {
    throw Error(
        ErrorKind::kUsage,
        "which CA? name its ACME directory with --server URL, or as server in [acme] of the settings");
  }
}

acme::Registration registration_of(const IssuerSettings& settings) {
  acme::Registration registration;
  std::string emails = settings["email"];
  while (!emails.empty()) {
    const size_t comma = std::min(emails.find(','), emails.size());
    registration.contacts.push_back("mailto:" + emails.substr(0, comma));
    emails.erase(0, comma + 1);
  }
  registration.agrees_to_terms = settings.is_true("agree-tos");
  registration.external_key_id = settings["eab-kid"];
  if (!registration.external_key_id.empty()) {
    const std::string source = settings["eab-hmac"];
    if (source.empty())
      throw Error(ErrorKind::kUsage, "--eab-kid needs --eab-hmac, where its key comes from");
    registration.external_hmac_key = base::read_secret(source, "Key of the external account");
  }
  return registration;
}

std::unique_ptr<pki::Issuer> make_acme_issuer(const IssuerSettings& settings,
                                              const Environment& environment) {
  return std::make_unique<AcmeIssuer>(settings, environment);
}

}  // namespace cli
