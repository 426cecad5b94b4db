#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/base64.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/new_passphrase.h"
#include "pki/lineage.h"
#include "pki/pkcs12.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

struct ExportOptions {
  std::string name;
  std::string format;
  std::string passphrase;
  std::string out;
};

base::Secret make_pem(const pki::Lineage& lineage, int generation, const base::Secret& passphrase) {
  base::Secret text = lineage.key(generation).to_pem(passphrase);
  text.append(pki::to_pem(lineage.chain(generation)));
  return text;
}

// As `kubectl create secret tls` makes it, with ca.crt beside.
base::Secret make_kubernetes_secret(const pki::Lineage& lineage, int generation) {
  constexpr const char* kPlaceOfKey = "(key)";  // so that no JSON library holds the key
  const nlohmann::json document{{"apiVersion", "v1"},
                                {"kind", "Secret"},
                                {"type", "kubernetes.io/tls"},
                                {"metadata", {{"name", lineage.name()}}},
                                {"data",
                                 {{"tls.crt", base::to_base64(pki::to_pem(lineage.chain(generation)))},
                                  {"tls.key", kPlaceOfKey},
                                  {"ca.crt", base::to_base64(pki::to_pem(lineage.roots(generation)))}}}};
  const std::string text = document.dump(2) + "\n";
  const size_t place = text.find(kPlaceOfKey);
  base::Secret secret;
  secret.append(text.substr(0, place));
  secret.append(base::Secret(base::to_base64(lineage.key(generation).to_pem().bytes())).bytes());
  secret.append(text.substr(place + std::string_view(kPlaceOfKey).size()));
  return secret;
}

base::Secret make(const ExportOptions& options, const pki::Lineage& lineage, int generation) {
  const bool asks = !options.passphrase.empty();
  if (options.format == "p12") {
    return pki::write_pkcs12(lineage.key(generation), lineage.chain(generation), lineage.name(),
                             read_new_passphrase(options.passphrase, "--passphrase"));
  }
  if (options.format == "pem") {
    return make_pem(lineage, generation,
                    asks ? read_new_passphrase(options.passphrase, "--passphrase") : base::Secret());
  }
  if (options.format == "k8s-secret") return make_kubernetes_secret(lineage, generation);
  throw Error(ErrorKind::kUsage,
              "--format: '" + options.format + "' is not there; there are p12, pem and k8s-secret");
}

int run(const ExportOptions& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto lineage = pki::Lineage::open(home, options.name);
  if (!lineage.current()) {
    throw Error(ErrorKind::kNotFound, "the lineage '" + options.name + "' has no certificate in service");
  }
  const base::Secret bytes = make(options, lineage, *lineage.current());
  if (options.out.empty() && options.format != "p12") {
    environment.context.out << bytes.bytes();
    return 0;
  }
  const std::string out = options.out.empty() ? options.name + ".p12" : options.out;
  base::write_file(out, bytes.bytes(), {.mode = 0600});
  environment.context.out << out << "\n";
  if (options.format == "p12") {
    environment.context.out << "for a truststore: keytool -importcert -noprompt -alias redis-pki -file "
                            << lineage.paths().current_files().roots().native()
                            << " -keystore truststore.p12\n";
  }
  return 0;
}

}  // namespace

Run bind_export_(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<ExportOptions>();
  app.add_option("NAME", options->name, "the lineage")->required();
  app.add_option("--format", options->format,
                 "p12 (Java, Windows), pem (key and chain in one file) or k8s-secret")
      ->required();
  app.add_option("--passphrase", options->passphrase,
                 "of the keystore or key: file:PATH, env:NAME, fd:N, prompt or none");
  app.add_option("--out", options->out, "the file, 0600 (default: NAME.p12, else standard output)");
  app.footer(R"(Examples:
  redis-pki export app --format p12 --passphrase prompt --out app.p12
  redis-pki export redis-1 --format k8s-secret | kubectl apply -f -)");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
