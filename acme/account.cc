#include "acme/account.h"

#include "base/error.h"

namespace acme {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;

constexpr int kMostPages = 100;
constexpr size_t kMostOrders = 20;

[[noreturn]] void refuse(const Refusal& refusal, const std::string& what) {
  std::string hint;
  if (refusal.problem.type == "accountDoesNotExist") {
    hint = "; register one with 'redis-pki acme register'";
  } else if (refusal.problem.type == "externalAccountRequired") {
    hint = "; say the CA's key with --eab-kid and --eab-hmac";
  }
  throw Error(ErrorKind::kRefused,
              "the ACME server refuses " + what + ": " + refusal.problem.to_string() + hint);
}

AccountState parse_state(const http::Response& answer) {
  const json object = json::parse(answer.body, nullptr, false);
  AccountState state;
  if (!object.is_object()) throw Error(ErrorKind::kInvalid, "the ACME server's account is no JSON object");
  if (const auto status = object.find("status"); status != object.end() && status->is_string())
    state.status = *status;
  if (const auto contacts = object.find("contact"); contacts != object.end() && contacts->is_array()) {
    for (const json& contact : *contacts) {
      if (contact.is_string()) state.contacts.push_back(contact);
    }
  }
  if (const auto orders = object.find("orders"); orders != object.end() && orders->is_string())
    state.orders = *orders;
  return state;
}

Account open(Transport& transport, AccountKey key, const json& request, const std::string& what) {
  try {
    const auto answer = transport.post(transport.directory().new_account, request.dump(), key, "");
    const auto location = answer.headers.find("location");
    if (location == answer.headers.end()) {
      throw Error(ErrorKind::kInvalid, "the ACME server does not say where the account is");
    }
    return Account(transport, std::move(key), location->second);
  } catch (const Refusal& refusal) {
    refuse(refusal, what);
  }
}

}  // namespace

Account Account::register_at(Transport& transport, AccountKey key, const Registration& registration) {
  const Directory& directory = transport.directory();
  if (!directory.terms_of_service.empty() && !registration.agrees_to_terms) {
    throw Error(ErrorKind::kUsage,
                "the CA's terms are at " + directory.terms_of_service + "; read them, then add --agree-tos");
  }
  json request = json::object();
  if (registration.agrees_to_terms) request["termsOfServiceAgreed"] = true;
  if (!registration.contacts.empty()) request["contact"] = registration.contacts;
  if (!registration.external_key_id.empty()) {
    request["externalAccountBinding"] = bind_external_account(
        key.jwk(), directory.new_account, registration.external_key_id, registration.external_hmac_key);
  } else if (directory.needs_external_account) {
    throw Error(ErrorKind::kUsage,
                "the CA wants an account of yours bound; say its key with --eab-kid and --eab-hmac");
  }
  return open(transport, std::move(key), request, "the account");
}

Account Account::find(Transport& transport, AccountKey key) {
  return open(transport, std::move(key), {{"onlyReturnExisting", true}}, "the account's key");
}

http::Response Account::post(const std::string& url, std::string_view payload, Repeat repeat) {
  return transport_->post(url, payload, key_, url_, repeat);
}

std::vector<std::string> Account::orders() {
  std::vector<std::string> urls;
  std::string page = parse_state(post(url_, "", Repeat::kNever)).orders;
  for (int pages = 0; !page.empty() && pages < kMostPages; ++pages) {
    const auto answer = post(page, "", Repeat::kNever);
    const auto more = parse_order_list(answer.body);
    urls.insert(urls.end(), more.begin(), more.end());
    const auto link = answer.headers.find("link");
    const auto next =
        link == answer.headers.end() ? std::vector<std::string>() : parse_links(link->second, "next");
    page = next.empty() ? "" : next.front();
  }
  if (urls.size() > kMostOrders) urls.erase(urls.begin(), urls.end() - kMostOrders);
  return urls;
}

AccountState Account::state() {
  try {
    return parse_state(post(url_, ""));
  } catch (const Refusal& refusal) {
    refuse(refusal, "to show the account");
  }
}

AccountState Account::update(const std::vector<std::string>& contacts) {
  try {
    return parse_state(post(url_, json{{"contact", contacts}}.dump()));
  } catch (const Refusal& refusal) {
    refuse(refusal, "the change");
  }
}

void Account::deactivate() {
  try {
    post(url_, json{{"status", "deactivated"}}.dump());
  } catch (const Refusal& refusal) {
    refuse(refusal, "the deactivation");
  }
}

// RFC 8555, 7.3.5: a JWS by the new key in one by the old key.
void Account::rotate_key(AccountKey new_key) {
  const std::string& url = transport_->directory().key_change;
  if (url.empty()) throw Error(ErrorKind::kRefused, "the ACME server offers no change of the account's key");
  const json change{{"account", url_}, {"oldKey", key_.jwk()}};
  const std::string inner = make_jws(new_key, {{"jwk", new_key.jwk()}, {"url", url}}, change.dump());
  try {
    post(url, inner);
  } catch (const Refusal& refusal) {
    refuse(refusal, "the new key");
  }
  key_ = std::move(new_key);
}

void Account::revoke(const pki::Certificate& certificate, const pki::PrivateKey& key, int reason) {
  const std::string& url = transport_->directory().revoke_certificate;
  if (url.empty()) throw Error(ErrorKind::kRefused, "the ACME server offers no revocation");
  const std::string request =
      json{{"certificate", to_base64url(certificate.to_der())}, {"reason", reason}}.dump();
  try {
    try {
      post(url, request);
    } catch (const Refusal& refusal) {
      if (refusal.problem.type != "unauthorized") throw;
      transport_->post(url, request, AccountKey(key), "");
    }
  } catch (const Refusal& refusal) {
    if (refusal.problem.type != "alreadyRevoked") refuse(refusal, "the revocation");
  }
}

}  // namespace acme
