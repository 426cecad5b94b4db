#include "acme/dns_solver.h"

#include "base/error.h"
#include "base/process.h"
#include "tls/address.h"

namespace acme {

using base::Error;
using base::ErrorKind;

void DnsHookSolver::run(const std::string& what, const Proof& proof) const {
  auto command = command_;
  command.push_back(what);
  const auto result = base::run_program(command,
                                        {{"REDIS_PKI_DNS_NAME", dns_name(proof)},
                                         {"REDIS_PKI_DNS_VALUE", dns_value(proof)},
                                         {"REDIS_PKI_DOMAIN", proof.identifier.value}},
                                        "", time_limit_);
  if (result.exit_code != 0 || result.timed_out) {
    throw Error(ErrorKind::kRefused,
                "the DNS hook '" + command_.front() + " " + what + "' failed: " + result.reason());
  }
}

// A hook that fails may have done its work already.
void DnsHookSolver::present(const Proof& proof) {
  try {
    run("present", proof);
  } catch (const Error&) {
    try {
      withdraw(proof);
    } catch (const Error&) {
      // What it said first counts.
    }
    throw;
  }
}

void NsupdateSolver::update(const std::string& what, const Proof& proof) const {
  std::string server = server_;
  if (const auto address = tls::parse_host_port(server_))
    server = address->host + " " + std::to_string(address->port);
  std::vector<std::string> command = {"nsupdate"};
  if (!key_file_.empty()) command.insert(command.end(), {"-k", key_file_.native()});
  const std::string script = "server " + server + "\nupdate " + what + " " + dns_name(proof) + ". " +
                             (what == "add" ? "60 " : "") + "TXT \"" + dns_value(proof) + "\"\nsend\n";
  const auto result = base::run_program(command, {}, script, time_limit_);
  if (result.exit_code != 0 || result.timed_out) {
    throw Error(ErrorKind::kRefused,
                "nsupdate could not " + what + " " + dns_name(proof) + ": " + result.reason());
  }
}

void ManualDnsSolver::present(const Proof& proof) {
  ask_("Make this DNS record, and wait until it is seen everywhere:\n\n  " + dns_name(proof) + ".  TXT  \"" +
       dns_value(proof) + "\"\n");
}

}  // namespace acme
