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
  app.add_option("--ca", deployment.ca, "the root that verifies it (default: the home's, else the system's)");
  app.add_option("--name", deployment.name, "the lineage (default: the first name of the certificate)");
  options->target.bind(app);
  app.add_flag("--adopt", deployment.request.options.adopt,
               "move a server that reads its certificate from elsewhere to the lineage's link");
  app.add_flag("--drop-superseded", deployment.request.options.drop_superseded,
               "then end the connections that are older than the rotation before this one");
  app.add_option("--owner", deployment.owner,
                 "USER:GROUP of the lineage's key file, for a server that doesn't run as you");
  app.add_option("--mode", deployment.mode, "the mode of that file (default: 0600)");
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
