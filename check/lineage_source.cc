#include "check/lineage_source.h"

#include "base/error.h"
#include "check/file_source.h"
#include "check/key_file.h"
#include "pki/chain_verifier.h"
#include "pki/lineage.h"

namespace check {
namespace fs = std::filesystem;
namespace {

// A CA under which the leaf lasts longer than its root does.
void judge_roots(const pki::CertificateChain& chain, const std::vector<pki::Certificate>& roots,
                 pki::Findings& findings) {
  for (const pki::Certificate& root : roots) {
    if (root == chain.back() || !root.issued(chain.back()) || root.not_after() >= chain.front().not_after()) {
      continue;
    }
    findings.push_back({pki::Severity::kWarning, "ca_ends_first",
                        "the root " + root.subject() + " ends before the certificate does"});
  }
}

}  // namespace

Observation observe_lineage(const std::string& name, const pki::Home& home, base::Time now) {
  Observation seen;
  seen.kind = Observation::Kind::kLineage;
  seen.source = "lineage " + name;
  try {
    const auto lineage = pki::Lineage::open(home, name);
    const auto current = lineage.current();
    if (!current) {
      seen.failure = "has no certificate in service";
      return seen;
    }
    const auto files = lineage.paths().current_files();
    seen.path = files.certificate();
    seen.chain = lineage.chain(*current);
    const auto roots = lineage.roots(*current);
    try {
      append(seen.findings, pki::verify_pair(seen.chain, lineage.key(*current)));
      append(seen.findings, assess_key_access(files.key()));
    } catch (const base::Error& error) {
      if (error.kind() != base::ErrorKind::kPermission) throw;
      append(seen.findings, pki::verify_order(seen.chain));
      seen.findings.push_back({pki::Severity::kInfo, "key_unread", error.what()});
    }
    append(seen.findings,
           without_dates(pki::verify_chain(seen.chain, roots,
                                           {.purpose = lineage.settings().profile, .host = {}, .at = now})));
    judge_roots(seen.chain, roots, seen.findings);
  } catch (const base::Error& error) {
    seen.chain.clear();
    seen.failure = error.what();
  }
  return seen;
}

std::vector<Observation> observe_home(const pki::Home& home, const FileOptions& options) {
  std::vector<Observation> seen;
  for (const auto& path :
       {home.root_certificate(), home.issuing_certificate(), home.client_roots(), home.crl()}) {
    std::error_code hidden;  // `ca` is its owner's; what clients are verified with shows the root too
    if (!fs::exists(path, hidden)) continue;
    for (Observation& found : observe_found_file({path, {}}, options)) seen.push_back(std::move(found));
  }
  for (const auto& key : {home.root_key(), home.issuing_key()}) {
    if (auto findings = assess_key_access(key); !findings.empty()) {
      Observation exposed;
      exposed.source = exposed.path = key.native();
      exposed.findings = std::move(findings);
      seen.push_back(std::move(exposed));
    }
  }
  for (const std::string& name : home.lineage_names()) {
    seen.push_back(observe_lineage(name, home, options.now));
  }
  return seen;
}

}  // namespace check
