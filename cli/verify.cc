#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/file.h"
#include "base/table.h"
#include "base/timestamp.h"
#include "cli/certificate_source.h"
#include "cli/command.h"
#include "pki/chain_verifier.h"

namespace cli {
namespace {

struct VerifyArguments {
  std::string target;
  std::string ca;
  std::string purpose;
  std::string host;
  std::string at;
  std::string crl;
};

std::vector<pki::Certificate> roots_for(const VerifyArguments& arguments, const CertificateSource& source,
                                        const pki::Home& home) {
  if (!arguments.ca.empty()) return pki::parse_certificates(base::read_file(arguments.ca), arguments.ca);
  if (source.is_lineage) return source.roots;
  if (!home.has_authority()) {
    throw base::Error(base::ErrorKind::kUsage, "what is it verified with? name the roots with --ca FILE");
  }
  return pki::parse_certificates(base::read_file(home.root_certificate()), home.root_certificate().native());
}

pki::Findings findings_of(const VerifyArguments& arguments, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  pki::VerifyOptions options;
  options.at = arguments.at.empty() ? environment.context.clock.now() : base::parse_timestamp(arguments.at);
  if (!arguments.purpose.empty()) options.purpose = pki::parse_profile(arguments.purpose);
  if (!arguments.host.empty()) options.host = arguments.host;
  if (!arguments.crl.empty()) options.crls = pki::parse_crls(base::read_file(arguments.crl), arguments.crl);
  const auto source = read_certificate_source(arguments.target, home);
  pki::Findings findings = pki::verify_chain(source.chain, roots_for(arguments, source, home), options);
  const auto strength = pki::assess_strength(source.chain);
  findings.insert(findings.end(), strength.begin(), strength.end());
  return findings;
}

int run(const VerifyArguments& arguments, const Environment& environment) {
  const auto findings = findings_of(arguments, environment);
  std::ostream& out = environment.context.out;
  if (environment.globals.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& finding : findings) {
      list.push_back(
          {{"severity", to_string(finding.severity)}, {"code", finding.code}, {"text", finding.text}});
    }
    const nlohmann::json document{
        {"target", arguments.target}, {"ok", !pki::has_errors(findings)}, {"findings", list}};
    out << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    std::vector<std::vector<std::string>> rows;
    for (const auto& finding : findings)
      rows.push_back({std::string(to_string(finding.severity)), finding.code, finding.text});
    out << base::render_table(rows);
    if (!pki::has_errors(findings)) out << arguments.target << ": ok\n";
  }
  return pki::has_errors(findings) ? 1 : 0;
}

}  // namespace

Run bind_verify(CLI::App& app, const Environment& environment) {
  auto arguments = std::make_shared<VerifyArguments>();
  app.add_option("TARGET", arguments->target, "a file with the leaf and its intermediates, or a lineage")
      ->required();
  app.add_option("--ca", arguments->ca, "the roots (default: the lineage's own, else the home's)");
  app.add_option("--purpose", arguments->purpose, "server, client or peer");
  app.add_option("--host", arguments->host, "a name or IP address that it must be for");
  app.add_option("--at", arguments->at, "a time instead of now: 2027-01-01T00:00:00Z");
  app.add_option("--crl", arguments->crl, "a CRL that it must not be on; one that has expired fails");
  app.footer(
      R"(Says all that is wrong, one finding a line. Exit: 0 when none is an error, 1 otherwise, 2 usage.

Examples:
  redis-pki verify redis-1 --purpose server --host redis-1.example.com
  redis-pki verify ./server.crt --ca ./ca.crt --at 2027-01-01T00:00:00Z)");
  return [arguments, environment] { return run(*arguments, environment); };
}

}  // namespace cli
