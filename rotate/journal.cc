#include "rotate/journal.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"

namespace rotate {
namespace {

using nlohmann::json;

json to_json(const redis::CertificatePaths& paths) {
  return {{"certificate", paths.certificate}, {"key", paths.key}};
}

redis::CertificatePaths to_paths(const json& document) {
  return {document.at("certificate").get<std::string>(), document.at("key").get<std::string>()};
}

json to_json(const redis::TlsFiles& files) {
  return {{"server", to_json(files.server)}, {"client", to_json(files.client)}};
}

redis::TlsFiles to_files(const json& document) {
  return {to_paths(document.at("server")), to_paths(document.at("client"))};
}

json to_json(const TargetPlan& target) {
  return {{"address", target.address},
          {"served", target.served},
          {"before", to_json(target.before)},
          {"after", to_json(target.after)},
          {"gets_server_pair", target.gets_server_pair},
          {"gets_client_pair", target.gets_client_pair},
          {"role", static_cast<int>(target.role)},
          {"copy_command", target.copy_command}};
}

TargetPlan to_target(const json& document) {
  TargetPlan target;
  target.address = document.at("address").get<std::string>();
  target.served = document.at("served").get<std::string>();
  target.before = to_files(document.at("before"));
  target.after = to_files(document.at("after"));
  target.gets_server_pair = document.at("gets_server_pair").get<bool>();
  target.gets_client_pair = document.at("gets_client_pair").get<bool>();
  target.role = static_cast<Role>(document.value("role", static_cast<int>(Role::kMaster)));
  target.copy_command = document.value("copy_command", "");
  return target;
}

json to_json(const Plan& plan) {
  json document{{"from", plan.from},
                {"to", plan.to},
                {"moves_link", plan.moves_link},
                {"targets", json::array()},
                {"files", json::array()}};
  for (const TargetPlan& target : plan.targets) document["targets"].push_back(to_json(target));
  for (const InPlacePair& pair : plan.files) {
    document["files"].push_back({{"pair", to_json(pair.files)}, {"backup", pair.backup.native()}});
  }
  return document;
}

Plan to_plan(const json& document) {
  Plan plan;
  plan.from = document.at("from").get<int>();
  plan.to = document.at("to").get<int>();
  plan.moves_link = document.value("moves_link", true);
  for (const json& target : document.at("targets")) plan.targets.push_back(to_target(target));
  for (const json& pair : document.at("files")) {
    plan.files.push_back({to_paths(pair.at("pair")), pair.at("backup").get<std::string>()});
  }
  return plan;
}

}  // namespace

std::optional<Plan> Journal::read() const {
  if (!std::filesystem::exists(path_)) return std::nullopt;
  try {
    return to_plan(json::parse(base::read_file(path_)));
  } catch (const json::exception& error) {
    throw base::Error(base::ErrorKind::kInvalid, path_.native() + ": " + error.what());
  }
}

void Journal::write(const Plan& plan) const {
  base::write_file(path_, to_json(plan).dump(2) + "\n", {.mode = 0600});
}

void Journal::remove() const { base::remove_durably(path_); }

}  // namespace rotate
