#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/target_options.h"
#include "pki/certificate.h"
#include "pki/key.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{5};
constexpr milliseconds kPause{100};

struct DeployOptions {
  Deployment deployment;
  TargetOptions target;
};

bool is_fresh(const std::string& file) {
  std::error_code error;
  const auto written = fs::last_write_time(file, error);
  return !error && fs::file_time_type::clock::now() - written < kPatience;
}

bool is_pair(const Deployment& deployment) {
  try {
    const auto chain =
        pki::parse_certificates(base::read_file(deployment.certificate), deployment.certificate);
    const auto key = pki::PrivateKey::from_pem(base::read_secret_file(deployment.key), {}, deployment.key);
    return std::any_of(chain.begin(), chain.end(), [&](const auto& each) { return each.matches(key); });
  } catch (const base::Error&) {
    return false;
  }
}

// Vault Agent and consul-template write the certificate and the key one after the other.
void await_second_half(const Deployment& deployment) {
  const auto end = steady_clock::now() + kPatience;
  const auto is_half = [&] {
    return (is_fresh(deployment.certificate) || is_fresh(deployment.key)) && !is_pair(deployment);
  };
  while (is_half() && steady_clock::now() < end) std::this_thread::sleep_for(kPause);
}

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
server reads and that hold the new pair already are left as they are, and read again. Of a pair that is just being written,
the second half is waited for, for 5 seconds.

Exit: as redis-pki rotate.

Examples:
  redis-pki deploy --cert fullchain.pem --key privkey.pem --target redis.example.com:6379
  redis-pki deploy --cert tls.crt --key tls.key --ca ca.crt --name redis-1 --target localhost:6380)");
  return [options, environment] {
    await_second_half(options->deployment);
    return deploy(options->deployment, options->target.targets(environment), environment);
  };
}

}  // namespace cli
