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
          {"timeout_ms", target.timeout.count()},
          {"deployed", state.deployed},
          {"verified", state.verified},
          {"verified_at", base::format_timestamp(state.verified_at)},
          {"last_error", state.last_error}};
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
  target.timeout = std::chrono::milliseconds(document.at("timeout_ms").get<long long>());
  state.deployed = document.at("deployed").get<int>();
  state.verified = document.at("verified").get<int>();
  state.verified_at = base::parse_timestamp(document.at("verified_at").get<std::string>());
  state.last_error = document.at("last_error").get<std::string>();
  return state;
}

}  // namespace

TargetStore::TargetStore(std::filesystem::path path) : path_(std::move(path)) {
  if (!std::filesystem::exists(path_)) return;
  try {
    for (const json& entry : json::parse(base::read_file(path_))) states_.push_back(from_json(entry));
  } catch (const json::exception& error) {
    throw base::Error(base::ErrorKind::kInvalid, path_.native() + ": " + error.what());
  }
}

TargetState* TargetStore::find(const std::string& address) {
  const auto found = std::find_if(states_.begin(), states_.end(),
                                  [&](const TargetState& state) { return state.target.address == address; });
  return found == states_.end() ? nullptr : &*found;
}

void TargetStore::remember(const Target& target) {
  if (TargetState* known = find(target.address)) {
    known->target = target;
  } else {
    states_.push_back({target});
  }
}

void TargetStore::save() const {
  json document = json::array();
  for (const TargetState& state : states_) document.push_back(to_json(state));
  base::write_file(path_, document.dump(2) + "\n", {.mode = 0644});
}

}  // namespace rotate
