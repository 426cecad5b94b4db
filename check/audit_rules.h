#pragma once

#include <vector>

#include "check/audit.h"

// The parts of the checklist, a file each.
namespace check {

std::vector<AuditRule> connection_rules();      // ports, protocols, ciphers
std::vector<AuditRule> authentication_rules();  // client certificates, users, passwords
std::vector<AuditRule> replication_rules();     // what it dials
std::vector<AuditRule> file_rules();            // who can read them, drift

// About certificates, of which there is one for each verdict. The severity is that of the worst of it.
extern const AuditRule kCertificateRule;
extern const AuditRule kExpiryRule;

}  // namespace check
