#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/file.h"
#include "base/secret_source.h"
#include "base/table.h"
#include "check/endpoint_source.h"
#include "cli/certificate_source.h"
#include "cli/command.h"
#include "pki/description.h"
#include "redis/endpoint.h"

namespace cli {
namespace {

struct ShowOptions {
  std::string target;
  std::string passphrase;
};

std::vector<pki::Description> describe_chain(const pki::CertificateChain& chain) {
  std::vector<pki::Description> result;
  for (const auto& certificate : chain) result.push_back(pki::describe(certificate));
  return result;
}

std::vector<pki::Description> describe_target(const ShowOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const bool is_url = options.target.find("://") != std::string::npos;
  if (is_url || (redis::is_endpoint(options.target) && options.target.find('/') == std::string::npos)) {
    check::Endpoint endpoint;
    endpoint.address = redis::parse_endpoint(options.target).address;
    const auto seen = check::observe_endpoints({endpoint}, environment.context.clock).front().front();
    if (!seen.failure.empty()) throw base::Error(base::ErrorKind::kUnreachable, seen.failure);
    return describe_chain(seen.chain);
  }
  if (options.target.find('/') == std::string::npos && home.has_lineage(options.target)) {
    return describe_chain(read_certificate_source(options.target, home).chain);
  }
  const auto passphrase =
      options.passphrase.empty() ? base::Secret() : base::read_secret(options.passphrase, "Passphrase");
  return pki::describe_bytes(base::read_secret_file(options.target), passphrase, options.target);
}

std::string label_of(std::string key) {
  for (char& c : key) {
    if (c == '_') c = ' ';
  }
  return key;
}

std::string render(const std::vector<pki::Description>& descriptions) {
  std::string text;
  for (const auto& description : descriptions) {
    if (!text.empty()) text += "\n";
    text += label_of(description.kind) + "\n";
    std::vector<std::vector<std::string>> rows;
    for (const auto& [key, values] : description.fields) {
      std::string label = "  " + label_of(key);
      for (const std::string& value : values) {
        rows.push_back({label, value});
        label.clear();
      }
    }
    text += base::render_table(rows);
  }
  return text;
}

nlohmann::json to_json(const std::vector<pki::Description>& descriptions) {
  nlohmann::json document = nlohmann::json::array();
  for (const auto& description : descriptions) {
    nlohmann::json entry{{"kind", description.kind}};
    for (const auto& [key, values] : description.fields) {
      const bool is_list = key == "subject_alt_names" || key == "revoked";
      if (is_list) {
        entry[key] = values;
      } else if (!values.empty()) {
        entry[key] = values.front();
      }
    }
    document.push_back(std::move(entry));
  }
  return document;
}

int run(const ShowOptions& options, const Environment& environment) {
  const auto descriptions = describe_target(options, environment);
  if (environment.globals.json) {
    environment.context.out
        << to_json(descriptions).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    environment.context.out << render(descriptions);
  }
  return 0;
}

}  // namespace

Run bind_show(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<ShowOptions>();
  app.add_option("TARGET", options->target, "a file (PEM, DER or PKCS#12), a lineage, or HOST:PORT")
      ->required();
  app.add_option("--passphrase", options->passphrase,
                 "of a keystore or key: file:PATH, env:NAME, fd:N or prompt");
  app.footer(R"(Of a private key only the type is shown.

Examples:
  redis-pki show redis-1
  redis-pki show localhost:6380
  redis-pki show ./keystore.p12 --passphrase prompt)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
