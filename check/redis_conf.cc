#include "check/redis_conf.h"

#include "base/words.h"
#include "check/conf_directives.h"
#include "check/file_source.h"
#include "check/key_file.h"
#include "pki/chain_verifier.h"

namespace check {
namespace fs = std::filesystem;
namespace {

using pki::Severity;

class RedisConf {
 public:
  RedisConf(std::string_view text, const fs::path& path, const FileOptions& options)
      : directives_(text, path), path_(path), options_(options) {}

  std::vector<Observation> observe() {
    for (const std::string& why : directives_.unread()) fail(why);
    const bool has_dialling_pair = !directives_["tls-client-cert-file"].empty();
    observe_pair("tls-cert-file", "tls-key-file", "tls-key-file-pass", dials() && !has_dialling_pair);
    if (has_dialling_pair) {
      observe_pair("tls-client-cert-file", "tls-client-key-file", "tls-client-key-file-pass", true);
    }
    observe_bundle("tls-ca-cert-file");
    observe_bundle("tls-crl-file");
    if (seen_.empty()) fail("names no certificate");
    return std::move(seen_);
  }

 private:
  bool dials() const {
    return base::equals_ignoring_case(directives_["tls-replication"], "yes") ||
           base::equals_ignoring_case(directives_["tls-cluster"], "yes");
  }

  void fail(const std::string& why) {
    Observation seen;
    seen.source = path_.native();
    seen.path = path_;
    seen.failure = why;
    seen_.push_back(std::move(seen));
  }

  void observe_pair(const std::string& certificate_directive, const std::string& key_directive,
                    const std::string& passphrase_directive, bool shown_to_servers) {
    const fs::path certificate = directives_.path(certificate_directive, path_);
    if (certificate.empty()) return;
    const fs::path key = directives_.path(key_directive, path_);
    const base::Secret passphrase{directives_[passphrase_directive]};
    auto found = observe_found_file({certificate, {}}, options_);
    if (found.empty())
      return fail(certificate_directive + " " + certificate.native() + ": holds no certificate");
    Observation& seen = found.front();
    seen.source = path_.native() + " " + certificate_directive + " " + certificate.native();
    if (!seen.chain.empty()) {
      if (key.empty()) {
        seen.findings.push_back({Severity::kError, "key_missing", "there is no " + key_directive});
      } else {
        append(seen.findings, compare_key(seen.chain, key, passphrase));
        append(seen.findings, assess_key_access(key));
      }
      judge_usage(certificate_directive, shown_to_servers, seen);
    }
    seen_.push_back(std::move(seen));
  }

  static void judge_usage(const std::string& directive, bool shown_to_servers, Observation& seen) {
    const pki::Certificate& leaf = seen.chain.front();
    if (directive == "tls-cert-file" && !leaf.allows_server_auth()) {
      seen.findings.push_back(
          {Severity::kError, "wrong_purpose", "its extended key usage does not allow it to be a server's"});
    }
    if (shown_to_servers && !leaf.allows_client_auth()) {
      seen.findings.push_back(
          {Severity::kError, "wrong_purpose",
           "replication and the cluster bus show it as a client's, and its extended key usage does not allow "
           "that; issue a peer certificate, or give another pair in tls-client-cert-file"});
    }
  }

  void observe_bundle(const std::string& directive) {
    const fs::path file = directives_.path(directive, path_);
    if (file.empty()) return;
    auto found = observe_found_file({file, {}}, options_);
    if (found.empty()) fail(directive + " " + file.native() + ": holds no certificate and no CRL");
    for (Observation& seen : found) {
      seen.source = path_.native() + " " + directive + " " + file.native();
      seen_.push_back(std::move(seen));
    }
  }

  const ConfDirectives directives_;
  const fs::path& path_;
  const FileOptions& options_;
  std::vector<Observation> seen_;
};

}  // namespace

bool is_redis_conf(std::string_view text) {
  return text.find("tls-cert-file") != std::string_view::npos ||
         text.find("tls-client-cert-file") != std::string_view::npos ||
         text.find("tls-ca-cert-file") != std::string_view::npos;
}

std::vector<Observation> observe_redis_conf(std::string_view text, const fs::path& path,
                                            const FileOptions& options) {
  return RedisConf(text, path, options).observe();
}

}  // namespace check
