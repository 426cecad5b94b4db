#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/target_options.h"

namespace cli {
namespace {

struct DeployOptions {
  Deployment deployment;
  TargetOptions target;
};

}  // namespace

Run bind_deploy(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<DeployOptions>();
  Deployment& deployment = options->deployment;
  app.add_option("--cert", deployment.certificate, "the file with the certificate and its chain, PEM")
      ->required();
  app.add_option("--key", deployment.key, "the file with its key")->required();
  bind_deployment(app, deployment, options->target);
  app.footer(
      R"(The pair becomes a generation of a lineage whose issuer is 'external': it is never issued again here, only
deployed, proved and checked. A pair that is known already is deployed where it is not served yet. Files that the
server reads and that hold the new pair already are left as they are, and read again.

Exit: as redis-pki rotate.

Examples:
  redis-pki deploy --cert fullchain.pem --key privkey.pem --target redis.example.com:6379
  redis-pki deploy --cert tls.crt --key tls.key --ca ca.crt --name redis-1 --target localhost:6380)");
  return [options, environment] {
    return deploy(options->deployment, options->target.targets(environment), environment);
  };
}

}  // namespace cli
