#include "rotate/target_store.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"
#include "base/timestamp.h"

namespace rotate {
namespace {

using nlohmann::json;

json to_json(const TargetState& state) {
  const Target& target = state.target;
  return {{"address", target.address},
          {"user", target.user},
          {"password_source", target.password_source},
          {"client_lineage", target.client_lineage},
          {"client_certificate", target.client_certificate.native()},
          {"client_key", target.client_key.native()},
          {"ca", target.ca.native()},
          {"server_name", target.server_name},
          {"admin", target.admin},
          {"timeout_ms", target.timeout.count()},
          {"discovers", target.discovers},
          {"copy_command", target.copy_command},
          {"restart_command", target.restart_command},
          {"deployed", state.deployed},
          {"verified", state.verified},
          {"verified_at", base::format_timestamp(state.verified_at)},
          {"last_error", state.last_error},
          {"run_id", state.mark.run_id},
          {"client_id", state.mark.client_id}};
}

TargetState from_json(const json& document) {
  TargetState state;
  Target& target = state.target;
  target.address = document.at("address").get<std::string>();
  target.user = document.at("user").get<std::string>();
  target.password_source = document.at("password_source").get<std::string>();
  target.client_lineage = document.at("client_lineage").get<std::string>();
  target.client_certificate = document.at("client_certificate").get<std::string>();
  target.client_key = document.at("client_key").get<std::string>();
  target.ca = document.at("ca").get<std::string>();
  target.server_name = document.at("server_name").get<std::string>();
  target.admin = document.value("admin", "");
  target.timeout = std::chrono::milliseconds(document.at("timeout_ms").get<long long>());
  target.discovers = document.value("discovers", false);
  target.copy_command = document.value("copy_command", "");
  target.restart_command = document.value("restart_command", "");
  state.deployed = document.at("deployed").get<int>();
  state.verified = document.at("verified").get<int>();
  state.verified_at = base::parse_timestamp(document.at("verified_at").get<std::string>());
  state.last_error = document.at("last_error").get<std::string>();
  state.mark = {document.value("run_id", ""), document.value("client_id", uint64_t{0})};
  return state;
}

}  // namespace

TargetStore::TargetStore(std::filesystem::path path) : path_(std::move(path)) {
  if (!std::filesystem::exists(path_)) return;
  try {
    const json document = json::parse(base::read_file(path_));
    for (const json& entry : document.at("targets")) states_.push_back(from_json(entry));
    withdrawn_ = document.at("withdrawn").get<int>();
  } catch (const json::exception& error) {
    throw base::Error(base::ErrorKind::kInvalid, path_.native() + ": " + error.what());
  }
}

TargetState* TargetStore::find(const std::string& address) {
  const auto found = std::find_if(states_.begin(), states_.end(),
                                  [&](const TargetState& state) { return state.target.address == address; });
  return found == states_.end() ? nullptr : &*found;
}

bool TargetStore::forget(const std::string& address) {
  return std::erase_if(states_, [&](const TargetState& state) { return state.target.address == address; }) >
         0;
}

void TargetStore::remember(const Target& target) {
  if (TargetState* known = find(target.address)) {
    known->target = target;
  } else {
    states_.push_back({target});
  }
}

void TargetStore::save() const {
  json document{{"targets", json::array()}, {"withdrawn", withdrawn_}};
  for (const TargetState& state : states_) document["targets"].push_back(to_json(state));
  base::write_file(path_, document.dump(2) + "\n", {.mode = 0644});
}

}  // namespace rotate
