#include "vault/pki_engine.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace vault {
namespace {

using nlohmann::json;
using Kind = pki::SubjectAltName::Kind;

std::string joined(const std::vector<pki::SubjectAltName>& names, std::initializer_list<Kind> kinds) {
  std::string list;
  for (const auto& name : names) {
    if (std::find(kinds.begin(), kinds.end(), name.kind) == kinds.end()) continue;
    list += (list.empty() ? "" : ",") + name.value;
  }
  return list;
}

void add(json& body, const char* key, const std::string& value) {
  if (!value.empty()) body[key] = value;
}

void add_names(json& body, const std::vector<pki::SubjectAltName>& names) {
  add(body, "alt_names", joined(names, {Kind::kDns, Kind::kEmail}));
  add(body, "ip_sans", joined(names, {Kind::kIp}));
  add(body, "uri_sans", joined(names, {Kind::kUri}));
}

// What a role can't say for sign-verbatim, which takes usages from the caller.
void add_usages(json& body, pki::Profile profile) {
  body["key_usage"] = json::array({"DigitalSignature", "KeyEncipherment"});
  json& usages = body["ext_key_usage"] = json::array();
  if (pki::serves(profile)) usages.push_back("ServerAuth");
  if (pki::dials(profile)) usages.push_back("ClientAuth");
}

bool is_of_names_told_twice(const std::string& warning) {
  return warning.find("use_csr_common_name") != std::string::npos ||
         warning.find("use_csr_sans") != std::string::npos;
}

std::string serial_of(const pki::Certificate& certificate) {
  const std::string digits = certificate.serial();
  std::string serial;
  for (size_t i = 0; i < digits.size(); i += 2) {
    serial += (serial.empty() ? "" : ":") + digits.substr(i, 2);
  }
  return serial;
}

}  // namespace

std::optional<Role> PkiEngine::role() {
  if (options_.role.empty()) return std::nullopt;
  try {
    const Call call{.path = options_.mount + "/roles/" + options_.role, .believes_denial = true};
    return parse_role(session_.exchange(call));
  } catch (const Refusal& refusal) {
    if (refusal.status == 403) return std::nullopt;
    if (refusal.status == 404 && refusal.errors.empty())
      throw Refusal{404, {"unknown role: " + options_.role}};
    throw;
  }
}

std::string PkiEngine::path_of(Way way) const {
  std::string path = options_.mount;
  if (!options_.issuer.empty()) path += "/issuer/" + options_.issuer;
  path += way == Way::kSign ? "/sign" : way == Way::kVerbatim ? "/sign-verbatim" : "/issue";
  return options_.role.empty() ? path : path + "/" + options_.role;
}

PkiEngine::Made PkiEngine::make(Way way, const SigningRequest& request, const std::optional<Role>& role) {
  json body = json::object();
  body["ttl"] = std::to_string(request.lifetime.count()) + "s";
  body["format"] = "pem";
  if (way == Way::kIssue) {
    body["private_key_format"] = "pkcs8";
    const bool chooses_key = role && role->key_type == "any";
    if (chooses_key) {
      body["key_type"] = request.key.type;
      body["key_bits"] = request.key.bits;
    }
  } else {
    body["csr"] = request.csr;
  }
  if (way == Way::kVerbatim) {
    add_usages(body, request.profile);
  } else {
    // What a role takes from the request it ignores here, with a warning; which of both it does is not known
    // before it was read.
    const bool takes_names = way == Way::kSign && role && role->takes_names_of_request;
    const bool takes_name = way == Way::kSign && role && role->takes_common_name_of_request;
    if (!takes_name) add(body, "common_name", request.common_name);
    if (!takes_names) add_names(body, request.names);
    body["exclude_cn_from_sans"] = true;
  }
  const base::Secret answer(session_.exchange({"POST", path_of(way), body.dump(), false}));
  Made made{parse_signed_certificate(answer.bytes()), parse_warnings(answer.bytes())};
  if (!role) std::erase_if(made.warnings, is_of_names_told_twice);
  return made;
}

pki::CertificateChain PkiEngine::ca_chain() {
  const std::string path =
      options_.mount + (options_.issuer.empty() ? "/cert/ca_chain" : "/issuer/" + options_.issuer + "/json");
  const std::string chain = parse_ca_chain(session_.exchange_openly({"GET", path, "", true}));
  return pki::parse_certificates(chain, "Vault's chain");
}

std::string PkiEngine::crl() {
  const std::string path =
      options_.mount + (options_.issuer.empty() ? "/crl/pem" : "/issuer/" + options_.issuer + "/crl/pem");
  return session_.exchange_openly({"GET", path, "", true});
}

std::optional<base::Time> PkiEngine::revoke(const pki::Certificate& certificate) {
  const std::string path = options_.mount + "/revoke";
  try {
    return parse_revocation_time(
        session_.exchange({"POST", path, json{{"serial_number", serial_of(certificate)}}.dump(), true}));
  } catch (const Refusal& refusal) {
    const bool is_unknown = refusal.status == 404 || refusal.status == 400;
    if (!is_unknown) throw;
  }
  return parse_revocation_time(
      session_.exchange({"POST", path, json{{"certificate", certificate.to_pem()}}.dump(), true}));
}

std::optional<base::Time> PkiEngine::revoke_with_key(const pki::Certificate& certificate,
                                                     const base::Secret& key) {
  json body{{"certificate", certificate.to_pem()}, {"private_key", std::string(key.bytes())}};
  std::string text = body.dump();
  base::wipe(body["private_key"].get_ref<std::string&>());
  Call call{"POST", options_.mount + "/revoke-with-key", std::move(text), true};
  const std::string answer = session_.exchange(call);
  base::wipe(call.body);
  return parse_revocation_time(answer);
}

}  // namespace vault
