#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/table.h"
#include "cli/command.h"
#include "cli/target_options.h"
#include "pki/lineage.h"
#include "rotate/target_store.h"

namespace cli {
namespace {

using base::Error;
using base::ErrorKind;

struct TargetCommand {
  CLI::App* list = nullptr;
  CLI::App* add = nullptr;
  CLI::App* forget = nullptr;
  std::string name;
  bool all = false;
  TargetOptions target;
};

rotate::TargetStore open_store(const pki::Home& home, const std::string& name) {
  return rotate::TargetStore(pki::Lineage::open(home, name).paths().targets());
}

std::string client_of(const rotate::Target& target) {
  return target.client_lineage.empty() ? target.client_certificate.native() : target.client_lineage;
}

int list(const TargetCommand& options, const Environment& environment) {
  const pki::Home home(environment.globals.home);
  const auto names = options.name.empty() ? home.lineage_names() : std::vector{options.name};
  nlohmann::json document = nlohmann::json::array();
  std::vector<std::vector<std::string>> rows = {{"LINEAGE", "TARGET", "USER", "CLIENT", "ADMIN"}};
  for (const std::string& name : names) {
    const auto store = open_store(home, name);
    for (const auto& state : store.states()) {
      const rotate::Target& target = state.target;
      document.push_back({{"lineage", name},
                          {"address", target.address},
                          {"user", target.user},
                          {"client", client_of(target)},
                          {"admin", target.admin}});
      rows.push_back({name, target.address, target.user, client_of(target), target.admin});
    }
  }
  environment.context.out << (environment.globals.json ? document.dump(2) + "\n" : base::render_table(rows));
  return 0;
}

int add(const TargetCommand& options, const Environment& environment) {
  auto store = open_store(pki::Home(environment.globals.home), options.name);
  for (const auto& target : options.target.targets(environment)) {
    store.remember(target);
    environment.context.out << options.name << ": remembers " << target.address << "\n";
  }
  store.save();
  return 0;
}

int forget(const TargetCommand& options, const Environment& environment) {
  auto store = open_store(pki::Home(environment.globals.home), options.name);
  std::vector<std::string> addresses;
  for (const auto& target : options.target.targets(environment)) addresses.push_back(target.address);
  if (options.all) {
    for (const auto& state : store.states()) addresses.push_back(state.target.address);
  }
  if (addresses.empty()) throw Error(ErrorKind::kUsage, "which one? name it with --target, or say --all");
  for (const std::string& address : addresses) {
    if (!store.forget(address)) {
      throw Error(ErrorKind::kNotFound, "the lineage '" + options.name + "' has no target " + address +
                                            "; 'redis-pki target list " + options.name + "' shows them");
    }
  }
  store.save();
  environment.context.out << options.name << ": forgot " << addresses.size()
                          << (addresses.size() == 1 ? " target\n" : " targets\n");
  return 0;
}

}  // namespace

Run bind_target(CLI::App& app, const Environment& environment) {
  auto options = std::make_shared<TargetCommand>();
  app.require_subcommand(1);
  options->list = app.add_subcommand("list", "the targets of a lineage, or of all");
  options->list->add_option("NAME", options->name, "the lineage (default: all)");
  options->add = app.add_subcommand("add", "remember a target, or how it is reached now");
  options->add->add_option("NAME", options->name, "the lineage")->required();
  options->target.bind(*options->add);
  options->add->get_option("--target")->required();
  options->forget = app.add_subcommand("forget", "forget a target that is gone");
  options->forget->add_option("NAME", options->name, "the lineage")->required();
  options->forget->add_option("--target", options->target.addresses, "the target; may be repeated");
  options->forget->add_flag("--all", options->all, "all of the lineage");
  app.footer(
      R"(Targets are remembered by themselves when 'redis-pki rotate' or 'redis-pki deploy' reaches them. Nothing is
connected to here.

Examples:
  redis-pki target list
  redis-pki target add redis-1 --target redis-1.example.com:6379 --client app
  redis-pki target forget redis-1 --target redis-1.example.com:6379)");
  return [options, environment] {
    if (options->list->parsed()) return list(*options, environment);
    return options->add->parsed() ? add(*options, environment) : forget(*options, environment);
  };
}

}  // namespace cli
