#include "vault/remedy.h"

namespace vault {
namespace {

struct Known {
  const char* words;   // in Vault's error
  const char* remedy;  // with MOUNT and ROLE in it
};

constexpr Known kKnown[] = {
    {"unknown role", "make it with 'vault write MOUNT/roles/ROLE …', or name another with --vault-role"},
    {"not allowed by this role",
     "see allowed_domains, allow_subdomains and the like: 'vault read MOUNT/roles/ROLE'"},
    {"beyond the expiration of the CA", "ask for less with --lifetime, or renew Vault's CA"},
    {"role requires", "choose another with --key-type, or change the role: 'vault read MOUNT/roles/ROLE'"},
    {"no handler for route", "name the mount with --vault-mount, and the namespace with --vault-namespace"},
    {"unsupported path", "name the mount with --vault-mount; 'MOUNT' is of another engine"},
    {"unable to find PKI issuer", "'vault list MOUNT/issuers' names them"},
    {"no default issuer",
     "name one with --vault-issuer, or set it: 'vault write MOUNT/config/issuers default=…'"},
    {"is sealed", "unseal it: 'vault operator unseal'"},
};

std::string replaced(std::string text, const std::string& mark, const std::string& value) {
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + value.size())) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

std::string by_status(int status) {
  switch (status) {
    case 403:
      return "the token has ended, its policy doesn't allow this, or it is another mount's or namespace's "
             "(--vault-mount, --vault-namespace)";
    case 404:
      return "see --vault-addr, --vault-mount and --vault-namespace";
    case 429:
      return "it is too busy, or a standby; try again later";
    case 472:
    case 473:
      return "it is a standby that can't do this; name the active server's address";
    case 503:
      return "it is sealed or has no active server; see 'redis-pki vault status'";
    default:
      return status >= 500 ? "see Vault's own log" : "";
  }
}

std::string remedy_for(const Refusal& refusal, const EngineOptions& engine) {
  const std::string words = refusal.to_string();
  for (const Known& known : kKnown) {
    if (words.find(known.words) != std::string::npos) {
      return replaced(replaced(known.remedy, "MOUNT", engine.mount), "ROLE", engine.role);
    }
  }
  return by_status(refusal.status);
}

}  // namespace

base::Error explain(const Refusal& refusal, const EngineOptions& engine) {
  const std::string remedy = remedy_for(refusal, engine);
  return base::Error(base::ErrorKind::kRefused,
                     "Vault refuses: " + refusal.to_string() + (remedy.empty() ? "" : "; " + remedy));
}

}  // namespace vault
