#include "cli/deployment.h"

#include <CLI/CLI.hpp>
#include <ostream>

#include "base/error.h"
#include "base/file.h"
#include "cli/key_access.h"
#include "pki/foreign_pair.h"
#include "pki/lineage.h"
#include "pki/system_roots.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

constexpr const char* kExternal = "external";

// The home's own root too, where there is one.
std::vector<pki::Certificate> roots_for(const Deployment& deployment, const pki::Home& home) {
  if (!deployment.ca.empty()) return pki::parse_certificates(base::read_file(deployment.ca), deployment.ca);
  auto roots = pki::system_roots();
  if (home.has_authority()) {
    const auto& file = home.root_certificate();
    for (auto& root : pki::parse_certificates(base::read_file(file), file.native())) roots.push_back(root);
  }
  return roots;
}

std::string name_for(const Deployment& deployment, const pki::Certificate& leaf) {
  if (!deployment.name.empty()) return deployment.name;
  const auto names = leaf.subject_alt_names();
  std::string name = names.empty() ? leaf.common_name() : names.front().value;
  if (name.starts_with("*.")) name.erase(0, 2);
  if (pki::is_lineage_name(name)) return name;
  throw Error(ErrorKind::kUsage,
              deployment.certificate + ": its name can't be that of a lineage; say one with --name");
}

pki::LineageSettings settings_for(const Deployment& deployment, const pki::Home& home,
                                  const std::string& name, const pki::Certificate& leaf) {
  pki::LineageSettings settings;
  if (home.has_lineage(name)) {
    settings = pki::Lineage::open(home, name).settings();
    if (settings.issuer != kExternal) {
      throw Error(ErrorKind::kUsage,
                  "'" + name + "' is issued by this PKI; choose another lineage with --name");
    }
  }
  settings.issuer = kExternal;
  settings.profile = pki::profile_of(leaf);
  settings.subject_alt_names = leaf.subject_alt_names();
  settings.lifetime = leaf.not_after() - leaf.not_before();
  settings.key_access = key_access(deployment.owner, deployment.mode, settings.key_access);
  return settings;
}

bool is_latest(const pki::Lineage& lineage, const pki::Certificate& leaf) {
  const auto latest = lineage.latest();
  return latest && lineage.chain(*latest).front() == leaf;
}

}  // namespace

void bind_deployment(CLI::App& app, Deployment& deployment, TargetOptions& target) {
  app.add_option("--name", deployment.name, "the lineage (default: the first name of the certificate)");
  app.add_option("--ca", deployment.ca, "the root that verifies it (default: the home's, else the system's)");
  target.bind(app);
  app.add_flag("--adopt", deployment.request.options.adopt,
               "move a server that reads its certificate from elsewhere to the lineage's link");
  app.add_flag("--drop-superseded", deployment.request.options.drop_superseded,
               "then end the connections that are older than the rotation before this one");
  app.add_option("--owner", deployment.owner,
                 "USER:GROUP of the lineage's key file, for a server that doesn't run as you");
  app.add_option("--mode", deployment.mode, "the mode of that file (default: 0600)");
}

int deploy(const Deployment& deployment, const std::vector<rotate::Target>& targets,
           const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto pair =
      pki::read_foreign_pair(deployment.certificate, deployment.key, roots_for(deployment, home));
  const auto& leaf = pair.chain.front();
  const std::string name = name_for(deployment, leaf);
  const auto lineage = pki::Lineage::define(home, name, settings_for(deployment, home, name, leaf));
  rotate::TargetStore store(lineage.paths().targets());
  for (const auto& target : targets) store.remember(target);
  if (store.states().empty()) {
    throw Error(ErrorKind::kUsage,
                "the lineage '" + name + "' has no target yet; name the server with --target HOST:PORT");
  }
  if (!std::filesystem::exists(home.root())) {
    home.create();
    environment.context.err << "made the home " << home.root().native() << "\n";
  }
  if (!is_latest(lineage, leaf)) {
    lineage.save();
    lineage.add(pair);
  }
  store.save();  // also when the server is away now, so that 'renew' tries again
  return run_rotation(lineage, store, deployment.request, environment);
}

}  // namespace cli
