#include "acme/acme_issuer.h"

#include <algorithm>
#include <chrono>

#include "acme/renewal_info.h"
#include "base/error.h"
#include "pki/lineage.h"
#include "pki/request.h"

namespace acme {
namespace {

using base::Error;
using base::ErrorKind;
using nlohmann::json;
using std::chrono::seconds;

constexpr seconds kPoll{1};

std::string words_of(const Identifier& identifier) { return identifier.type + ":" + identifier.value; }

bool is_base64url(const std::string& text) {
  return !text.empty() &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
             std::string::npos;
}

// The proofs that the CA is shown now; at the end they are withdrawn.
class Shown {
 public:
  explicit Shown(Solver& solver) : solver_(solver) {}
  Shown(const Shown&) = delete;
  Shown& operator=(const Shown&) = delete;
  ~Shown() {
    for (const Proof& proof : proofs_) {
      try {
        solver_.withdraw(proof);
      } catch (const Error&) {
        // The challenge is over; what is left behind proves nothing any more.
      }
    }
  }

  void present(const Proof& proof) {
    solver_.present(proof);
    proofs_.push_back(proof);
  }

 private:
  Solver& solver_;
  std::vector<Proof> proofs_;
};

const Challenge& challenge_of(const Authorization& authorization, std::string_view type) {
  const auto found = std::find_if(authorization.challenges.begin(), authorization.challenges.end(),
                                  [&](const Challenge& challenge) { return challenge.type == type; });
  if (found == authorization.challenges.end()) {
    std::string offered;
    for (const Challenge& challenge : authorization.challenges) {
      offered += (offered.empty() ? "" : ", ") + challenge.type;
    }
    throw Error(ErrorKind::kRefused, "the CA doesn't take " + std::string(type) + " for " +
                                         (authorization.is_wildcard ? "*." : "") +
                                         authorization.identifier.value + "; it offers " +
                                         (offered.empty() ? "nothing" : offered));
  }
  if (!is_base64url(found->token)) {
    throw Error(ErrorKind::kInvalid, "the CA's challenge has a token that is none");
  }
  return *found;
}

std::string why_invalid(const Authorization& authorization) {
  for (const Challenge& challenge : authorization.challenges) {
    if (challenge.error) return challenge.type + ": " + challenge.error->to_string();
  }
  return "the authorization is " + authorization.status;
}

bool has_same_names(std::vector<Identifier> a, std::vector<Identifier> b) {
  const auto less = [](const Identifier& x, const Identifier& y) {
    return std::pair(x.type, x.value) < std::pair(y.type, y.value);
  };
  std::sort(a.begin(), a.end(), less);
  std::sort(b.begin(), b.end(), less);
  return a == b;
}

}  // namespace

std::vector<Identifier> identifiers_of(const std::vector<pki::SubjectAltName>& names) {
  std::vector<Identifier> identifiers;
  for (const auto& name : names) {
    if (name.kind == pki::SubjectAltName::Kind::kDns) {
      identifiers.push_back({"dns", name.value});
    } else if (name.kind == pki::SubjectAltName::Kind::kIp) {
      identifiers.push_back({"ip", name.value});
    } else {
      throw Error(ErrorKind::kUsage,
                  "an ACME CA certifies DNS names and IP addresses, and not " + to_string(name));
    }
  }
  if (identifiers.empty()) throw Error(ErrorKind::kUsage, "an ACME certificate needs a name; say --san");
  return identifiers;
}

void AcmeIssuer::tell(const std::string& what) const {
  if (options_.tell) options_.tell(what);
}

Account AcmeIssuer::account() {
  const AccountStore store(home_, transport_.directory_url());
  if (auto key = store.key(); key && !store.url().empty())
    return Account(transport_, std::move(*key), store.url());
  return registered_account(store);
}

Account AcmeIssuer::registered_account(const AccountStore& store) {
  auto key = store.key();
  if (!key) key = AccountKey(pki::PrivateKey::generate(pki::KeyType::kEcP256));
  store.save_key(*key);
  Registration& registration = options_.registration;
  registration.agrees_to_terms = registration.agrees_to_terms || store.agreed_to_terms();
  Account account = Account::register_at(transport_, std::move(*key), registration);
  store.save_url(account.url(), registration.agrees_to_terms);
  tell("registered an account at " + transport_.directory_url());
  return account;
}

std::optional<AcmeIssuer::Begun> AcmeIssuer::resume(Account& account, const pki::CertificateOrder& wanted,
                                                    const PendingOrder& asked) {
  const OrderStore store(home_.lineage(wanted.lineage));
  auto pending = store.order();
  auto key = store.key();
  const bool is_same = pending && key && pending->server == asked.server &&
                       pending->account == account.url() && pending->profile == asked.profile &&
                       has_same_names(pending->identifiers, asked.identifiers);
  if (!is_same) return std::nullopt;
  try {
    if (pending->url.empty()) {
      pending->url = lost_order(account, asked);
      if (pending->url.empty()) return std::nullopt;
      store.save(*pending);
    }
    Order order = parse_order(account.post(pending->url, "").body);
    if (order.status == "invalid") return std::nullopt;
    tell("going on with the order of before, which is " + order.status);
    return Begun{std::move(*pending), std::move(order), std::move(*key)};
  } catch (const Refusal& refusal) {
    const int status = refusal.problem.status;
    const bool is_unknown = status == 404 || status == 403 || status == 401 || status == 400;
    if (is_unknown) return std::nullopt;
    throw;
  }
}

// Says which certificate it replaces (RFC 9773, 5), where the CA offers that, and does without when the CA
// has another in its place already, or never knew it.
http::Response AcmeIssuer::order_anew(Account& account, json request, const pki::CertificateOrder& wanted) {
  const Directory& directory = transport_.directory();
  const std::string replaced =
      wanted.replaced && !directory.renewal_info.empty() ? certificate_id(*wanted.replaced) : "";
  if (!replaced.empty()) {
    request["replaces"] = replaced;
    try {
      return account.post(directory.new_order, request.dump(), Repeat::kNever);
    } catch (const Refusal& refusal) {
      const auto& problem = refusal.problem;
      if (problem.type == "accountDoesNotExist" || problem.type == "rateLimited") throw;
      request.erase("replaces");
    }
  }
  return account.post(directory.new_order, request.dump(), Repeat::kNever);
}

// An order for these names that the CA lists, and that nothing was done about: the answer was lost that would
// have said where it is. Empty when there is none, or when the CA lists none.
std::string AcmeIssuer::lost_order(Account& account, const PendingOrder& asked) {
  try {
    for (const std::string& url : account.orders()) {
      const Order order = parse_order(account.post(url, "", Repeat::kNever).body);
      const bool is_open = order.status == "pending" || order.status == "ready";
      if (is_open && has_same_names(order.identifiers, asked.identifiers)) return url;
    }
  } catch (const Refusal&) {
    // Lists are rare; then there is another order.
  }
  return "";
}

std::pair<std::string, Order> AcmeIssuer::place_order(Account& account, const pki::CertificateOrder& wanted,
                                                      const PendingOrder& asked) {
  json identifiers = json::array();
  for (const Identifier& identifier : asked.identifiers) {
    identifiers.push_back({{"type", identifier.type}, {"value", identifier.value}});
  }
  json request{{"identifiers", identifiers}};
  if (!asked.profile.empty()) request["profile"] = asked.profile;
  transport_.directory();  // a failure to get that one has lost no order
  for (bool is_again = false;; is_again = true) {
    try {
      const auto answer = order_anew(account, request, wanted);
      const auto location = answer.headers.find("location");
      if (location == answer.headers.end()) {
        throw Error(ErrorKind::kInvalid, "the ACME server does not say where the order is");
      }
      return {location->second, parse_order(answer.body)};
    } catch (const Error& error) {
      const bool is_lost = error.kind() == ErrorKind::kUnreachable || error.kind() == ErrorKind::kTimeout;
      if (!is_lost || is_again) throw;
      if (const auto url = lost_order(account, asked); !url.empty()) {
        return {url, parse_order(account.post(url, "").body)};
      }
    }
  }
}

AcmeIssuer::Begun AcmeIssuer::begin(Account& account, const pki::CertificateOrder& wanted,
                                    PendingOrder asked) {
  const OrderStore store(home_.lineage(wanted.lineage));
  store.remove();  // so that no order is ever gone on with by another one's key
  store.save_key(wanted.key);
  asked.account = account.url();
  store.save(asked);  // without a URL: the answer may be lost
  auto [url, order] = place_order(account, wanted, asked);
  asked.url = url;
  store.save(asked);
  if (!has_same_names(order.identifiers, asked.identifiers)) {
    throw Error(ErrorKind::kInvalid, "the ACME server's order is for other names than were asked for");
  }
  tell("ordered " + std::to_string(asked.identifiers.size()) +
       (asked.identifiers.size() == 1 ? " name" : " names"));
  return {std::move(asked), std::move(order), wanted.key};
}

void AcmeIssuer::authorize(Account& account, const Order& order) {
  std::unique_ptr<Solver> solver;
  std::optional<Shown> shown;
  std::vector<std::pair<std::string, Identifier>> awaited;
  std::vector<std::string> challenges;
  for (const std::string& url : order.authorizations) {
    const Authorization authorization = parse_authorization(account.post(url, "").body);
    if (authorization.status == "valid") continue;
    if (authorization.status != "pending") {
      throw Error(ErrorKind::kRefused,
                  words_of(authorization.identifier) + ": " + why_invalid(authorization));
    }
    if (!solver) {
      solver = make_solver_();
      shown.emplace(*solver);
    }
    const Challenge& challenge = challenge_of(authorization, solver->type());
    shown->present(
        {authorization.identifier, challenge.token, challenge.token + "." + account.key().thumbprint()});
    awaited.emplace_back(url, authorization.identifier);
    if (challenge.status == "pending" || challenge.status.empty()) challenges.push_back(challenge.url);
  }
  for (const std::string& url : challenges) account.post(url, "{}");
  for (const auto& [url, identifier] : awaited) {
    while (true) {
      const auto answer = account.post(url, "");
      const Authorization authorization = parse_authorization(answer.body);
      if (authorization.status == "valid") break;
      if (authorization.status != "pending") {
        throw Error(ErrorKind::kRefused,
                    "the CA can't verify " + identifier.value + ": " + why_invalid(authorization));
      }
      transport_.wait(answer, kPoll, "the CA is still verifying " + identifier.value);
    }
    tell("proved " + identifier.value + " by " + std::string(solver->type()));
  }
}

Order AcmeIssuer::await(Account& account, const std::string& url, const std::vector<std::string>& passing) {
  while (true) {
    const auto answer = account.post(url, "");
    Order order = parse_order(answer.body);
    if (std::find(passing.begin(), passing.end(), order.status) == passing.end()) return order;
    transport_.wait(answer, kPoll, "the order is still " + order.status);
  }
}

Order AcmeIssuer::finalize(Account& account, const Begun& begun, const pki::CertificateOrder& wanted) {
  Order order = await(account, begun.pending.url, {"pending"});
  if (order.status == "ready") {
    const auto request = pki::CertificateRequest::make(begun.key, {}, wanted.subject_alt_names);
    account.post(order.finalize, json{{"csr", to_base64url(request.to_der())}}.dump());
    order = await(account, begun.pending.url, {"ready", "processing"});
  } else if (order.status == "processing") {
    order = await(account, begun.pending.url, {"processing"});
  }
  if (order.status == "valid" && !order.certificate.empty()) return order;
  throw Error(ErrorKind::kRefused, "the order became " + order.status +
                                       (order.error ? ": " + order.error->to_string() : std::string()));
}

pki::CertificateChain AcmeIssuer::download(Account& account, const Order& order) const {
  const auto answer = account.post(order.certificate, "");
  auto chain = pki::parse_certificates(answer.body, "the CA's answer");
  if (options_.preferred_chain.empty()) return chain;
  const auto fits = [&](const pki::CertificateChain& candidate) {
    const auto& names = candidate.back().issuer_name().attributes;
    return std::find(names.begin(), names.end(),
                     std::pair<std::string, std::string>("CN", options_.preferred_chain)) != names.end();
  };
  if (fits(chain)) return chain;
  const auto link = answer.headers.find("link");
  if (link != answer.headers.end()) {
    for (const std::string& url : parse_links(link->second, "alternate")) {
      auto alternate = pki::parse_certificates(account.post(url, "").body, "the CA's answer");
      if (fits(alternate)) return alternate;
    }
  }
  tell("the CA has no chain to '" + options_.preferred_chain + "'; taking its first one");
  return chain;
}

pki::IssuedCertificate AcmeIssuer::issue_by(Account account, const pki::CertificateOrder& wanted) {
  const PendingOrder asked{transport_.directory_url(), "", "", options_.profile,
                           identifiers_of(wanted.subject_alt_names)};
  auto begun = resume(account, wanted, asked);
  if (!begun) begun = begin(account, wanted, asked);
  if (begun->order.status == "pending") authorize(account, begun->order);
  const Order order = finalize(account, *begun, wanted);
  auto chain = download(account, order);
  auto roots = pki::take_root(chain, options_.roots);
  const OrderStore store(home_.lineage(wanted.lineage));
  pki::IssuedCertificate issued{
      begun->key, std::move(chain), std::move(roots), [store] { store.remove(); }, {}};
  // What is not as it was asked for will not become so: the next run orders anew.
  if (has_errors(check_answer(wanted, issued, transport_.clock().now()))) store.remove();
  return issued;
}

pki::IssuedCertificate AcmeIssuer::issue(const pki::CertificateOrder& wanted) {
  identifiers_of(wanted.subject_alt_names);
  for (bool is_again = false;; is_again = true) {
    try {
      return issue_by(account(), wanted);
    } catch (const Refusal& refusal) {
      const bool is_forgotten = refusal.problem.type == "accountDoesNotExist" && !is_again;
      if (!is_forgotten) {
        throw Error(ErrorKind::kRefused, "the ACME server refuses: " + refusal.problem.to_string());
      }
      registered_account(AccountStore(home_, transport_.directory_url()));  // the server lost it
    }
  }
}

}  // namespace acme
