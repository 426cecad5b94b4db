#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/target_options.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

struct HookOptions {
  Deployment deployment;
  TargetOptions target;
};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What calls us says where the pair is in variables of its own.
struct HookVariables {
  const char* certificate;  // a file, or certbot's directory
  const char* key;          // a file; null when it lies in that directory
};

constexpr HookVariables kCallers[] = {
    {"RENEWED_LINEAGE", nullptr},              // certbot
    {"LEGO_CERT_PATH", "LEGO_CERT_KEY_PATH"},  // lego
    {"CERT_FULLCHAIN_PATH", "CERT_KEY_PATH"},  // acme.sh
};

void read_variables(Deployment& deployment) {
  for (const HookVariables& caller : kCallers) {
    const std::string certificate = variable(caller.certificate);
    if (certificate.empty()) continue;
    const std::filesystem::path path(certificate);
    deployment.certificate = caller.key == nullptr ? (path / "fullchain.pem").native() : certificate;
    deployment.key = caller.key == nullptr ? (path / "privkey.pem").native() : variable(caller.key);
    if (deployment.key.empty()) {
      throw Error(ErrorKind::kUsage,
                  std::string(caller.certificate) + " is set, and " + caller.key + " is not");
    }
    return;
  }
  throw Error(ErrorKind::kUsage,
              "this is a hook: certbot calls it with RENEWED_LINEAGE, lego with LEGO_CERT_PATH, acme.sh with "
              "CERT_FULLCHAIN_PATH; by hand, use 'redis-pki deploy'");
}

int run(HookOptions options, const Environment& environment) {
  read_variables(options.deployment);
  return deploy(options.deployment, options.target.targets(environment), environment);
}

}  // namespace

Run bind_deploy_hook(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<HookOptions>();
  Deployment& deployment = options->deployment;
  bind_deployment(app, deployment, options->target);
  app.footer(
      R"(Reads RENEWED_LINEAGE (certbot), LEGO_CERT_PATH and LEGO_CERT_KEY_PATH (lego), or CERT_FULLCHAIN_PATH and
CERT_KEY_PATH (acme.sh), and deploys as redis-pki deploy does. A deployment that fails is remembered: 'redis-pki renew'
tries it again, though the certificate is fresh. Targets are those of the command line, of [deploy-hook] in the
settings, and what the lineage remembers.

Exit: as redis-pki rotate.

Examples:
  certbot renew --deploy-hook 'redis-pki deploy-hook --target redis.example.com:6379'
  lego renew --renew-hook 'redis-pki deploy-hook --target redis.example.com:6379')");
  return [options, environment] { return run(*options, environment); };
}

}  // namespace cli
