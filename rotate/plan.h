#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pki/lineage.h"
#include "rotate/in_place.h"
#include "rotate/reload_target.h"

namespace rotate {

// What a rotation does to one target.
struct TargetPlan {
  std::string address;
  std::string served;             // SHA-256 of the leaf that it served before
  redis::TlsFiles before, after;  // what it reads; the same when only the files' content changes
  bool gets_server_pair = false;  // it shows the lineage's certificate to its clients
  bool gets_client_pair = false;  // and where it dials out, from files of their own
  Role role = Role::kMaster;
  std::string copy_command;  // brings the files to it; empty when they are on this host

  bool reads(const redis::CertificatePaths& files) const;

  bool operator==(const TargetPlan&) const = default;
};

// What a rotation does, or one stage of it. Kept in the journal, it is all that is needed to finish or revert
// it.
struct Plan {
  int from = 0;  // generations; 0 for none
  int to = 0;
  bool moves_link = true;
  std::vector<TargetPlan> targets;
  std::vector<InPlacePair> files;

  const TargetPlan* find(const std::string& address) const;
  bool operator==(const Plan&) const = default;
};

struct Placing {
  // The generation that is to be installed, when it is there already: files that hold it are only read again.
  std::optional<int> known;
  bool adopt = false;        // move the server to the link
  std::string copy_command;  // of the target; empty for none
};

// Adds how the lineage gets to this target: through its link; copied in place, into files whose leaf the
// server serves now or is the lineage's; by its copy command; or by moving the server to the link.
// Throws Error(kRefused) that says what to do when there is no such way.
void add_target(Plan& plan, const ReloadTarget& target, const pki::Lineage& lineage, const Placing& how);

// The plan in the order in which it is carried out. Targets that share files, or the link, can't but go
// forward and back together, in one stage; each other one is a stage of its own. Replicas come before
// masters, Sentinels last.
std::vector<Plan> stages_of(const Plan& plan, const pki::Lineage& lineage);

// Whether a target's files are, then, the lineage's link.
bool reads_link(const TargetPlan& target, const pki::Lineage& lineage);

// Whether the files are the lineage's link, so that moving it changes what they hold.
bool is_linked(const redis::CertificatePaths& files, const pki::Lineage& lineage);

// SHA-256 of the leaf in a PEM file; empty when it can't be read here.
std::string leaf_in(const std::filesystem::path& file);

// SHA-256 of the leaves of all generations that can be read.
std::vector<std::string> leaves_of(const pki::Lineage& lineage);

// The generation with this leaf; nothing when the lineage never had it.
std::optional<int> generation_of(const pki::Lineage& lineage, const std::string& leaf_sha256);

}  // namespace rotate
