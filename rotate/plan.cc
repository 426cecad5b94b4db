#include "rotate/plan.h"

#include <algorithm>

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
  Placement(Plan& plan, const pki::Lineage& lineage, std::optional<int> known, bool adopt)
      : plan_(plan), lineage_(lineage), known_(known), adopt_(adopt) {}

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
    if (is_linked(files, lineage_)) return files;
    if (adopt_) return linked();
    if (holds_it(files)) return files;
    if (!is_ours(files, served)) {
      throw Error(ErrorKind::kRefused,
                  server + ": reads " + (files.certificate.empty() ? "no certificate" : files.certificate) +
                      ", and that is not here, or not what it serves; --adopt moves it to " +
                      linked().certificate);
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
    return known_ && leaf_in(files.certificate) == lineage_.chain(*known_).front().sha256() &&
           is_whole(files);
  }

  void add_in_place(const CertificatePaths& files) {
    const std::string digest = pki::sha256_of({files.certificate, files.key}).substr(0, 16);
    const InPlacePair pair{files, lineage_.paths().backups() / digest};
    if (std::find(plan_.files.begin(), plan_.files.end(), pair) == plan_.files.end()) {
      plan_.files.push_back(pair);
    }
  }

  Plan& plan_;
  const pki::Lineage& lineage_;
  std::optional<int> known_;
  bool adopt_;
};

}  // namespace

const TargetPlan* Plan::find(const std::string& address) const {
  const auto found = std::find_if(targets.begin(), targets.end(),
                                  [&](const TargetPlan& target) { return target.address == address; });
  return found == targets.end() ? nullptr : &*found;
}

void add_target(Plan& plan, const ReloadTarget& target, const pki::Lineage& lineage, std::optional<int> known,
                bool adopt) {
  Placement placement(plan, lineage, known, adopt);
  const auto& files = target.settings().files;
  const pki::Profile profile = lineage.settings().profile;
  TargetPlan result;
  result.address = target.address();
  result.served = target.served() ? target.served()->sha256() : "";
  result.before = result.after = files;
  if (pki::serves(profile)) {
    result.gets_server_pair = true;
    result.after.server = placement.place(files.server, result.served, target.address());
  }
  const bool has_client_pair = !files.client.empty();
  if (!pki::serves(profile) && !has_client_pair && !adopt) {
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

bool is_linked(const CertificatePaths& files, const pki::Lineage& lineage) {
  const fs::path link = lineage.paths().current();
  return leads_through(files.certificate, link) && leads_through(files.key, link);
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
