#include "pki/foreign_pair.h"

#include <algorithm>

#include "base/error.h"
#include "base/file.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

// Taken out of `pool`, whose order doesn't matter.
template <typename Predicate>
std::optional<Certificate> take(std::vector<Certificate>& pool, Predicate is_wanted) {
  const auto found = std::find_if(pool.begin(), pool.end(), is_wanted);
  if (found == pool.end()) return std::nullopt;
  Certificate certificate = *found;
  pool.erase(found);
  return certificate;
}

}  // namespace

IssuedCertificate read_foreign_pair(const std::filesystem::path& certificate_file,
                                    const std::filesystem::path& key_file,
                                    const std::vector<Certificate>& roots) {
  PrivateKey key = PrivateKey::from_pem(base::read_secret_file(key_file), {}, key_file.native());
  auto pool = parse_certificates(base::read_file(certificate_file), certificate_file.native());
  const auto leaf = take(pool, [&](const Certificate& certificate) { return certificate.matches(key); });
  if (!leaf) {
    throw Error(ErrorKind::kInvalid,
                key_file.native() + " is not the key of a certificate in " + certificate_file.native());
  }
  IssuedCertificate pair{std::move(key), {*leaf}, {}};
  while (true) {
    const Certificate last = pair.chain.back();
    const auto issues_last = [&](const Certificate& certificate) { return certificate.issued(last); };
    const auto root = std::find_if(roots.begin(), roots.end(), issues_last);
    if (root != roots.end()) {
      pair.roots = {*root};
      return pair;
    }
    if (last.is_self_issued() && pair.chain.size() == 1 && last.issued(last)) {
      pair.roots = {last};
      return pair;
    }
    const auto next = take(pool, issues_last);
    if (!next || next->is_self_issued()) {
      throw Error(ErrorKind::kInvalid, certificate_file.native() + ": nothing here certifies " +
                                           last.subject() + ", issued by " + last.issuer() +
                                           "; add the intermediate, or name the root with --ca");
    }
    pair.chain.push_back(*next);
  }
}

Profile profile_of(const Certificate& leaf) {
  return leaf.allows_server_auth() ? Profile::kServer : Profile::kClient;
}

}  // namespace pki
