#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acme/account.h"
#include "acme/account_store.h"
#include "acme/order_store.h"
#include "acme/solver.h"
#include "pki/home.h"
#include "pki/issuer.h"

namespace acme {

struct IssuerOptions {
  std::string profile;  // of the CA (draft-ietf-acme-profiles); empty for its default
  std::string
      preferred_chain;  // the common name of the root or of what it issued; empty for the CA's first chain
  std::vector<pki::Certificate> roots;           // what the answer is verified with
  Registration registration;                     // for a server where we have no account yet
  std::function<void(const std::string&)> tell;  // what goes on; may be null
};

// Certificates from an ACME CA (RFC 8555). An order that is cut off, by a crash too, is gone on with by the
// next run, with its key. What was shown for challenges is withdrawn, also when the user interrupts.
class AcmeIssuer : public pki::Issuer {
 public:
  // All of them outlive it. `solver` is made when there is something to prove.
  AcmeIssuer(const pki::Home& home, Transport& transport, std::function<std::unique_ptr<Solver>()> solver,
             IssuerOptions options)
      : home_(home), transport_(transport), make_solver_(std::move(solver)), options_(std::move(options)) {}

  // The chain that the CA gives, and the roots that verify it. Throws Error.
  pki::IssuedCertificate issue(const pki::CertificateOrder& wanted) override;

 private:
  struct Begun {
    PendingOrder pending;
    Order order;
    pki::PrivateKey key;
  };

  pki::IssuedCertificate issue_by(Account account, const pki::CertificateOrder& wanted);
  http::Response order_anew(Account& account, nlohmann::json request, const pki::CertificateOrder& wanted);
  Account account();
  Account registered_account(const AccountStore& store);
  std::optional<Begun> resume(Account& account, const pki::CertificateOrder& wanted,
                              const PendingOrder& asked);
  std::string lost_order(Account& account, const PendingOrder& asked);
  std::pair<std::string, Order> place_order(Account& account, const pki::CertificateOrder& wanted,
                                            const PendingOrder& asked);
  Begun begin(Account& account, const pki::CertificateOrder& wanted, PendingOrder asked);
  void authorize(Account& account, const Order& order);
  Order finalize(Account& account, const Begun& begun, const pki::CertificateOrder& wanted);
  Order await(Account& account, const std::string& url, const std::vector<std::string>& passing);
  pki::CertificateChain download(Account& account, const Order& order) const;
  void tell(const std::string& what) const;

  const pki::Home& home_;
  Transport& transport_;
  std::function<std::unique_ptr<Solver>()> make_solver_;
  IssuerOptions options_;
};

// The identifiers of an order for these names. Throws Error(kUsage) for a name that ACME knows no challenge
// for.
std::vector<Identifier> identifiers_of(const std::vector<pki::SubjectAltName>& names);

}  // namespace acme
