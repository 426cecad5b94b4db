#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "base/table.h"
#include "base/timestamp.h"
#include "cli/command.h"
#include "cli/issuer_settings.h"
#include "cli/vault_connection.h"
#include "pki/crl.h"
#include "pki/lineage.h"
#include "vault/remedy.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

struct VaultOptions {
  CLI::App* status = nullptr;
  CLI::App* ca_chain = nullptr;
  CLI::App* crl = nullptr;
  CLI::App* revoke = nullptr;
  OptionValues values;
  std::string name;
  std::string out;
  bool with_key = false;
};

// What one address of a cluster says.
struct Answer {
  std::string address;
  std::string state;  // "active", "standby", "sealed", "not initialized", "unreachable"
  std::string version;
  std::optional<std::chrono::seconds> skew;  // its clock minus ours
  std::string error;
};

Answer ask(http::Client& http, const std::string& address, const base::Clock& clock) {
  try {
    const auto health = vault::ask_health(http, address);
    Answer answer{address, "active", health.version, {}, ""};
    if (health.is_standby) answer.state = "standby";
    if (health.is_sealed) answer.state = "sealed";
    if (!health.is_initialized) answer.state = "not initialized";
    if (health.server_time) answer.skew = *health.server_time - clock.now();
    return answer;
  } catch (const Error& error) {
    return {address, "unreachable", "", {}, error.what()};
  }
}

std::string in_words(std::chrono::seconds skew) {
  if (skew.count() == 0) return "as ours";
  return base::format_duration(std::chrono::abs(skew)) + (skew.count() > 0 ? " ahead" : " behind");
}

int report(const std::vector<Answer>& answers, const Environment& environment) {
  json document = json::array();
  std::vector<std::vector<std::string>> rows = {{"ADDRESS", "STATE", "VERSION", "CLOCK", "ERROR"}};
  bool is_served = false;
  for (const Answer& answer : answers) {
    is_served |= answer.state == "active";
    json entry{{"address", answer.address},
               {"state", answer.state},
               {"version", answer.version},
               {"error", answer.error}};
    if (answer.skew) entry["clock_skew_seconds"] = answer.skew->count();
    document.push_back(std::move(entry));
    const auto shown = [](const std::string& text) { return text.empty() ? "-" : text; };
    rows.push_back({answer.address, answer.state, shown(answer.version),
                    answer.skew ? in_words(*answer.skew) : "-", answer.error});
  }
  if (environment.globals.json) {
    environment.context.out << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
  } else {
    environment.context.out << base::render_table(rows);
  }
  return is_served ? 0 : 1;
}

int run_status(const IssuerSettings& settings, const Environment& environment) {
  http::CurlClient http(vault_http_options(settings));
  std::vector<Answer> answers;
  for (const std::string& address : vault_addresses(settings)) {
    answers.push_back(ask(http, address, environment.context.clock));
  }
  return report(answers, environment);
}

int write(const std::string& pem, const std::string& what, const std::string& out,
          const Environment& environment) {
  if (out.empty()) {
    environment.context.out << pem;
  } else {
    base::write_file(out, pem, {.mode = 0644});
    environment.context.out << "wrote " << what << " to " << out << "\n";
  }
  return 0;
}

int run_ca_chain(vault::PkiEngine& engine, const std::string& out, const Environment& environment) {
  return write(pki::to_pem(engine.ca_chain()), "the chain", out, environment);
}

// A list that its CA didn't sign would make servers refuse, or take, whom they should not.
int run_crl(vault::PkiEngine& engine, const std::string& out, const Environment& environment) {
  const auto chain = engine.ca_chain();
  const auto crl = pki::parse_crls(engine.crl(), "Vault's CRL").front();
  const bool is_signed = std::any_of(chain.begin(), chain.end(),
                                     [&](const pki::Certificate& ca) { return crl.is_signed_by(ca); });
  if (!is_signed) {
    throw Error(ErrorKind::kRefused,
                "Vault's CRL is of " + crl.issuer() + ", and not signed by the mount's CA");
  }
  return write(crl.to_pem(), "the CRL", out, environment);
}

int run_revoke(const VaultOptions& options, const Environment& environment) {
  const auto lineage = pki::Lineage::open(pki::Home(environment.globals.home), options.name);
  OptionValues said = lineage.settings().issuer_options;
  for (const auto& [name, value] : given(options.values)) said[name] = value;
  const IssuerSettings settings(environment.settings, lineage.settings().issuer, said);
  if (settings.type() != "vault") {
    throw Error(ErrorKind::kUsage, "the certificates of '" + options.name + "' don't come from Vault");
  }
  const int current = lineage.current().value_or(0);
  if (current == 0) throw Error(ErrorKind::kNotFound, lineage.name() + ": has no certificate in service");
  const auto leaf = lineage.chain(current).front();
  VaultConnection connection(settings, environment);
  vault::PkiEngine engine(connection.session(), vault_engine(settings));
  try {
    const auto at =
        options.with_key ? engine.revoke_with_key(leaf, lineage.key(current).to_pem()) : engine.revoke(leaf);
    environment.context.out << "revoked " << lineage.name() << ", serial " << leaf.serial()
                            << (at ? ", at " + base::format_timestamp(*at) : "") << "\n";
  } catch (const vault::Refusal& refusal) {
    const bool may_prove = refusal.status == 403 && !options.with_key;
    const auto error = vault::explain(refusal, engine.options());
    throw Error(error.kind(), error.what() + std::string(may_prove ? "; --with-key proves by the key" : ""));
  }
  return 0;
}

int run(const VaultOptions& options, const Environment& environment) {
  if (options.revoke->parsed()) return run_revoke(options, environment);
  const IssuerSettings settings(environment.settings, "vault", options.values);
  if (options.status->parsed()) return run_status(settings, environment);
  VaultConnection connection(settings, environment);
  vault::PkiEngine engine(connection.session(), vault_engine(settings));
  try {
    return options.crl->parsed() ? run_crl(engine, options.out, environment)
                                 : run_ca_chain(engine, options.out, environment);
  } catch (const vault::Refusal& refusal) {
    throw vault::explain(refusal, engine.options());
  }
}

}  // namespace

Run bind_vault(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<VaultOptions>();
  app.require_subcommand(1);
  options->status = app.add_subcommand("status", "the health of each address, and how its clock differs");
  options->ca_chain = app.add_subcommand("ca-chain", "the CA of the mount, and those above it");
  options->crl = app.add_subcommand("crl", "its list of revoked certificates, for tls-crl-file");
  options->revoke = app.add_subcommand("revoke", "declare the current certificate of a lineage invalid");
  for (CLI::App* each : {options->status, options->ca_chain, options->crl, options->revoke}) {
    bind_vault_options(*each, options->values);
  }
  for (CLI::App* each : {options->ca_chain, options->crl}) {
    each->add_option("--vault-issuer", options->values["vault-issuer"],
                     "which CA of the mount, by name or id (default: its default one)")
        ->group("Vault");
    each->add_option("--out", options->out, "the file to write (default: to standard output)");
  }
  options->revoke->add_option("NAME", options->name, "the lineage")->required();
  options->revoke->add_flag("--with-key", options->with_key,
                            "prove by the certificate's key that it is ours, where the token may not revoke");
  app.footer(
      R"(Certificates come by 'redis-pki issue --issuer vault'; 'redis-pki renew' renews them.

Examples:
  redis-pki vault status --vault-addr https://vault-1:8200,https://vault-2:8200
  redis-pki vault ca-chain --vault-addr https://vault:8200 --vault-mount pki_int
  redis-pki vault crl --vault-addr https://vault:8200 --out /etc/redis/tls/crl.pem
  redis-pki vault revoke redis-1)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
