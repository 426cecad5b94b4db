#pragma once

#include <filesystem>
#include <optional>

#include "base/clock.h"
#include "check/audit_subject.h"
#include "check/judgement.h"
#include "redis/connection.h"

namespace check {

// A configuration file of Redis, Valkey or the bundled server, with the files that it names.
// Throws Error when it can't be read.
AuditSubject read_audited_file(const std::filesystem::path& file, const Thresholds& thresholds,
                               base::Time now);

// A live server: what it says of itself and what it does when it is tried, beside `file`, its configuration;
// when that is empty, what it names, if that can be read here. Throws Error(kUnreachable, kTimeout).
AuditSubject observe_audited_server(const redis::ConnectOptions& options, const std::filesystem::path& file,
                                    const Thresholds& thresholds, const base::Clock& clock);

}  // namespace check
