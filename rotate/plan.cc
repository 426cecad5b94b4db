#include "rotate/plan.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "pki/digest.h"

namespace rotate {
namespace fs = std::filesystem;
namespace {

using base::Error;
using base::ErrorKind;
using redis::CertificatePaths;

// Whether a path leads through the lineage's link, so that moving the link changes what it names.
bool leads_through(const fs::path& path, const fs::path& link) {
  std::error_code error;
  const fs::path normal = path.lexically_normal();
  return normal.parent_path().filename() == link.filename() &&
         fs::equivalent(normal.parent_path().parent_path(), link.parent_path(), error) && !error;
}

bool is_whole(const CertificatePaths& files) {
  try {
    tls::load_credentials(files.certificate, files.key, {});
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool is_link(const CertificatePaths& files) {
  std::error_code error;
  return fs::is_symlink(files.certificate, error) || fs::is_symlink(files.key, error);
}

// The way to one of a target's pairs of files.
class Placement {
 public:
  Placement(Plan& plan, const pki::Lineage& lineage, const Placing& how)
      : plan_(plan), lineage_(lineage), how_(how) {}

  CertificatePaths linked() const {
    const auto files = lineage_.paths().current_files();
    return {files.certificate(), files.key()};
  }

  // Whether the lineage may be put into these files: their leaf is served now, or was the lineage's.
  bool is_ours(const CertificatePaths& files, const std::string& served) const {
    const std::string leaf = leaf_in(files.certificate);
    return !leaf.empty() && (leaf == served || generation_of(lineage_, leaf));
  }

  // The files that are read then.
  CertificatePaths place(const CertificatePaths& files, const std::string& served,
                         const std::string& server) {
    if (!how_.copy_command.empty()) {
      require_way_back(served, server);
      return files;
    }
    if (is_linked(files, lineage_)) return files;
    if (how_.adopt) return linked();
    if (holds_it(files)) return files;
    if (!is_ours(files, served)) {
      throw Error(ErrorKind::kRefused,
                  server + ": reads " + (files.certificate.empty() ? "no certificate" : files.certificate) +
                      ", and that is not here, or not what it serves; --adopt moves it to " +
                      linked().certificate + ", --copy-command brings files to another host");
    }
    if (is_link(files)) {
      throw Error(ErrorKind::kRefused, server + ": reads " + files.certificate +
                                           ", a link that others keep; 'redis-pki deploy' gives it what they "
                                           "renew, --adopt moves it to " +
                                           linked().certificate);
    }
    add_in_place(files);
    return files;
  }

 private:
  bool holds_it(const CertificatePaths& files) const {
    return how_.known && leaf_in(files.certificate) == lineage_.chain(*how_.known).front().sha256() &&
           is_whole(files);
  }

  void add_in_place(const CertificatePaths& files) {
    const std::string digest = pki::sha256_of({files.certificate, files.key}).substr(0, 16);
    const InPlacePair pair{files, lineage_.paths().backups() / digest};
    if (std::find(plan_.files.begin(), plan_.files.end(), pair) == plan_.files.end()) {
      plan_.files.push_back(pair);
    }
  }

  // What another host has now can be put there again only when it is the lineage's.
  void require_way_back(const std::string& served, const std::string& server) const {
    if (how_.adopt || generation_of(lineage_, served)) return;
    throw Error(ErrorKind::kRefused,
                server +
                    ": serves a certificate that the lineage never had, so the copy command couldn't put it "
                    "back; keep a copy of its files, and say --adopt");
  }

  Plan& plan_;
  const pki::Lineage& lineage_;
  const Placing& how_;
};

// What a target shares with others that have it too: the link, or files of which one backup is made.
std::vector<std::string> shared_by(const TargetPlan& target, const Plan& plan, const pki::Lineage& lineage) {
  if (!target.copy_command.empty() || target.role == Role::kSentinel) return {};
  std::vector<std::string> shared;
  if (reads_link(target, lineage)) shared.push_back(lineage.paths().current());
  for (const InPlacePair& pair : plan.files) {
    if (target.reads(pair.files)) shared.push_back(pair.backup);
  }
  return shared;
}

// For each target the index of the first one of its stage.
std::vector<size_t> stage_numbers(const Plan& plan, const pki::Lineage& lineage) {
  std::vector<size_t> numbers;
  std::map<std::string, size_t> first;
  for (const TargetPlan& target : plan.targets) {
    size_t number = numbers.size();
    const auto shared = shared_by(target, plan, lineage);
    for (const std::string& what : shared) {
      if (const auto found = first.find(what); found != first.end()) number = found->second;
    }
    for (const std::string& what : shared) first.emplace(what, number);
    numbers.push_back(number);
  }
  return numbers;
}

Plan make_stage(const Plan& plan, const std::vector<TargetPlan>& targets, const pki::Lineage& lineage) {
  Plan stage{plan.from, plan.to, false, targets, {}};
  std::stable_sort(stage.targets.begin(), stage.targets.end(),
                   [](const TargetPlan& a, const TargetPlan& b) { return a.role < b.role; });
  for (const TargetPlan& target : stage.targets) {
    if (target.role != Role::kSentinel && reads_link(target, lineage)) stage.moves_link = true;
    const auto served = generation_of(lineage, target.served);
    if (target.gets_server_pair && target.before == target.after && served) stage.from = *served;
  }
  for (const InPlacePair& pair : plan.files) {
    const bool is_of_it = std::any_of(targets.begin(), targets.end(),
                                      [&](const TargetPlan& target) { return target.reads(pair.files); });
    if (is_of_it) stage.files.push_back(pair);
  }
  return stage;
}

}  // namespace

bool TargetPlan::reads(const redis::CertificatePaths& files) const {
  return after.server == files || after.client == files;
}

const TargetPlan* Plan::find(const std::string& address) const {
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [&](const TargetPlan& target) { return target.address == address; });
  return found == targets.end() ? nullptr : &*found;
}

void add_target(Plan& plan, const ReloadTarget& target, const pki::Lineage& lineage, const Placing& how) {
  Placement placement(plan, lineage, how);
  const auto& files = target.settings().files;
  const pki::Profile profile = lineage.settings().profile;
  TargetPlan result;
  result.address = target.address();
  result.served = target.served() ? target.served()->sha256() : "";
  result.before = result.after = files;
  result.role = target.role();
  result.copy_command = how.copy_command;
  if (result.role == Role::kSentinel) {  // it doesn't tell what it reads
    result.gets_server_pair = true;
    return plan.targets.push_back(std::move(result));
  }
  if (pki::serves(profile)) {
    result.gets_server_pair = true;
    result.after.server = placement.place(files.server, result.served, target.address());
  }
  const bool has_client_pair = !files.client.empty();
  if (!pki::serves(profile) && !has_client_pair && !how.adopt) {
    throw Error(ErrorKind::kRefused, target.address() +
                                         ": shows its server certificate where it dials out; "
                                         "--adopt sets tls-client-cert-file to " +
                                         placement.linked().certificate);
  }
  if (!pki::serves(profile)) {
    result.gets_client_pair = true;
    result.after.client = placement.place(files.client, result.served, target.address());
  } else if (files.client == files.server) {
    result.gets_client_pair = true;
    result.after.client = result.after.server;
  } else if (pki::dials(profile) && has_client_pair) {
    const bool is_ours = is_linked(files.client, lineage) || placement.is_ours(files.client, result.served);
    result.gets_client_pair = is_ours;
    if (is_ours) result.after.client = placement.place(files.client, result.served, target.address());
  }
  plan.targets.push_back(std::move(result));
}

bool reads_link(const TargetPlan& target, const pki::Lineage& lineage) {
  return is_linked(target.after.server, lineage) || is_linked(target.after.client, lineage);
}

bool is_linked(const CertificatePaths& files, const pki::Lineage& lineage) {
  const fs::path link = lineage.paths().current();
  return leads_through(files.certificate, link) && leads_through(files.key, link);
}

std::vector<Plan> stages_of(const Plan& plan, const pki::Lineage& lineage) {
  std::map<size_t, std::vector<TargetPlan>> members;
  const auto numbers = stage_numbers(plan, lineage);
  for (size_t index = 0; index < numbers.size(); ++index) {
    members[numbers[index]].push_back(plan.targets[index]);
  }
  std::vector<Plan> stages;
  for (const auto& [number, targets] : members) stages.push_back(make_stage(plan, targets, lineage));
  std::stable_sort(stages.begin(), stages.end(), [](const Plan& a, const Plan& b) {
    return a.targets.back().role < b.targets.back().role;
  });
  const bool is_moved = std::any_of(stages.begin(), stages.end(), [](const Plan& s) { return s.moves_link; });
  if (!is_moved && !stages.empty()) stages.front().moves_link = true;
  return stages;
}

std::string leaf_in(const fs::path& file) {
  try {
    return pki::parse_certificates(base::read_file(file), file.native()).front().sha256();
  } catch (const Error&) {
    return "";
  }
}

std::vector<std::string> leaves_of(const pki::Lineage& lineage) {
  std::vector<std::string> leaves;
  for (const int number : lineage.generations()) {
    const std::string leaf = leaf_in(lineage.paths().generation(number).certificate());
    if (!leaf.empty()) leaves.push_back(leaf);
  }
  return leaves;
}

std::optional<int> generation_of(const pki::Lineage& lineage, const std::string& leaf_sha256) {
  const auto generations = lineage.generations();
  for (auto number = generations.rbegin(); number != generations.rend(); ++number) {
    if (leaf_in(lineage.paths().generation(*number).certificate()) == leaf_sha256) return *number;
  }
  return std::nullopt;
}

}  // namespace rotate
