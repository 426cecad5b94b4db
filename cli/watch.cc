#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <ostream>

#include "base/duration.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/deployment.h"
#include "cli/target_options.h"
#include "pki/digest.h"
#include "rotate/directory_watch.h"
#include "rotate/renewal.h"

namespace cli {
namespace {

using base::Error;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kShortestPoll{1};
constexpr std::chrono::hours kLongestPoll{1};
constexpr std::chrono::seconds kPatience{30};  // with a pair of which one half is not there yet

struct WatchOptions {
  std::string directory;
  std::string certificate = "tls.crt";
  std::string key = "tls.key";
  std::string poll = "30s";
  Deployment deployment;
  TargetOptions target;
};

class Watch {
 public:
  Watch(const WatchOptions& options, const Environment& environment)
      : directory_(options.directory),
        deployment_(options.deployment),
        targets_(options.target.targets(environment)),
        environment_(environment),
        poll_(std::clamp<std::chrono::milliseconds>(base::parse_duration(options.poll), kShortestPoll,
                                                    kLongestPoll)),
        watch_(options.directory) {
    deployment_.certificate = std::filesystem::path(options.directory) / options.certificate;
    deployment_.key = std::filesystem::path(options.directory) / options.key;
  }

  // Until a signal ends it. What changed before is seen too: the watch stands before the files are read.
  int run() {
    if (!watch_.is_there()) {
      environment_.context.err << "redis-pki: there is no directory " << directory_ << " yet; waiting for it"
                               << std::endl;
    }
    do {
      look();
    } while (watch_.wait(pause()));
    return 0;
  }

 private:
  void look() {
    const std::string found = digest();
    if (found.empty() || found == deployed_) return;
    if (found != seen_) {
      seen_ = found;
      seen_at_ = steady_clock::now();
      failures_ = 0;
    } else if (steady_clock::now() < next_try_) {
      return;
    }
    std::string error;
    try {
      if (deploy(deployment_, targets_, environment_) == 0) {
        deployed_ = found;
        return;
      }
    } catch (const Error& failure) {
      if (failure.kind() == base::ErrorKind::kUsage) throw;  // waiting doesn't help
      error = failure.what();
    }
    // One half may come a moment later; that is no failure until it has not come.
    const bool is_half = !error.empty() && steady_clock::now() < seen_at_ + kPatience;
    if (!error.empty() && !is_half) environment_.context.err << "redis-pki: " << error << std::endl;
    next_try_ = steady_clock::now();
    if (!is_half) next_try_ += rotate::retry_delay(++failures_);
  }

  std::chrono::milliseconds pause() const {
    const bool is_waiting = seen_ != deployed_;
    if (!is_waiting) return poll_;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_try_ - steady_clock::now());
    return std::clamp<std::chrono::milliseconds>(left, kShortestPoll, poll_);
  }

  // Of what is there; empty when it can't be read.
  std::string digest() const {
    try {
      return pki::sha256_of(
          {base::read_file(deployment_.certificate), base::read_secret_file(deployment_.key).bytes()});
    } catch (const Error&) {
      return "";
    }
  }

  std::string directory_;
  Deployment deployment_;
  std::vector<rotate::Target> targets_;
  const Environment& environment_;
  std::chrono::milliseconds poll_;
  rotate::DirectoryWatch watch_;
  std::string seen_, deployed_;
  steady_clock::time_point seen_at_{}, next_try_{};
  int failures_ = 0;
};

}  // namespace

Run bind_watch(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<WatchOptions>();
  Deployment& deployment = options->deployment;
  app.add_option("DIR", options->directory, "the directory with the pair")->required();
  app.add_option("--cert", options->certificate, "the file of the certificate in it")->capture_default_str();
  app.add_option("--key", options->key, "the file of the key in it")->capture_default_str();
  app.add_option("--poll", options->poll, "how often to look, where the system doesn't tell")
      ->capture_default_str();
  bind_deployment(app, deployment, options->target);
  app.footer(
      R"(Deploys, as redis-pki deploy does, whatever matching pair comes to lie in the directory: a mounted Kubernetes
secret, what certmonger or Vault Agent writes. What is there at the start is deployed too. A pair that doesn't match yet
is waited for; a deployment that fails is tried again after 1, 10 and 100 minutes, then daily, and with the next pair.
Ends with SIGTERM or SIGINT.

Exit: 0 when it was ended; 1 when it can't watch; 2 usage.

Examples:
  redis-pki watch /etc/redis/tls --target redis.example.com:6379
  redis-pki watch /etc/pki/redis --cert redis.pem --key redis.key --target localhost:6379 --adopt)");
  return [options, environment] { return Watch(*options, environment).run(); };
}

}  // namespace cli
