// The checklist: what the server dials.

#include "check/audit_rules.h"

namespace check {
namespace {

using pki::Severity;
using Detail = std::optional<std::string>;
using Subject = AuditSubject;

bool is_cluster(const Subject& subject) { return subject.says_yes("cluster-enabled"); }

bool is_replica(const Subject& subject) {
  return subject.says("replicaof") || subject.says("slaveof") ||
         (subject.live && subject.live->server.is_replica);
}

Detail plaintext_replication(const Subject& subject) {
  if (!is_replica(subject) || subject.says_yes("tls-replication")) return std::nullopt;
  return "tls-replication no";
}

Detail plaintext_cluster_bus(const Subject& subject) {
  if (!is_cluster(subject) || subject.says_yes("tls-cluster")) return std::nullopt;
  return "tls-cluster no";
}

Detail nothing_to_verify_with(const Subject& subject) {
  const bool dials = subject.says_yes("tls-replication") || subject.says_yes("tls-cluster");
  if (!dials || subject.says("tls-ca-cert-file") || subject.says("tls-ca-cert-dir")) return std::nullopt;
  return "neither tls-ca-cert-file nor tls-ca-cert-dir is set";
}

Detail wrong_dialling_certificate(const Subject& subject) {
  const bool dials = subject.says_yes("tls-replication") || subject.says_yes("tls-cluster");
  if (!dials || subject.says("tls-client-cert-file") || subject.served.empty()) return std::nullopt;
  if (subject.served.front().allows_client_auth()) return std::nullopt;
  return "the certificate allows serverAuth only";
}

Detail no_master_password(const Subject& subject) {
  if (!is_replica(subject) || subject.says("masterauth") || !subject.says("requirepass")) return std::nullopt;
  return "requirepass is set, masterauth is not";
}

}  // namespace

std::vector<AuditRule> replication_rules() {
  return {
      {"plaintext-replication", Severity::kError, "it follows its master without TLS",
       "All data and the password of the master cross the network in plaintext.",
       "Set 'tls-replication yes'.", "replicaof", plaintext_replication},
      {"plaintext-cluster-bus", Severity::kError, "the cluster's nodes talk without TLS",
       "Whoever is on the way can read the data, or take nodes out of the cluster.",
       "Set 'tls-cluster yes' on all nodes.", "cluster-enabled", plaintext_cluster_bus},
      {"unverified-peers", Severity::kError, "it has nothing to verify other servers with",
       "Whoever answers in the place of its master or another node can't be told from it.",
       "Set 'tls-ca-cert-file'.", "tls-ca-cert-file", nothing_to_verify_with},
      {"dialling-certificate", Severity::kError, "it shows a server's certificate where it dials",
       "Its extended key usage doesn't allow it as a client's: masters and other nodes refuse it. Public CAs "
       "don't put "
       "clientAuth into certificates any more.",
       "Issue a peer certificate ('redis-pki issue peer'), or set tls-client-cert-file and "
       "tls-client-key-file.",
       "tls-cert-file", wrong_dialling_certificate},
      {"no-master-password", Severity::kWarning, "it may not be able to follow a master",
       "After a failover the servers change places, and the same password is asked for.",
       "Set masterauth to the same password.", "masterauth", no_master_password},
  };
}

}  // namespace check
