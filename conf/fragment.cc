#include "conf/fragment.h"

#include <initializer_list>

#include "base/words.h"

namespace conf {
namespace {

class Fragment {
 public:
  void comment(const std::string& text) { text_ += "# " + text + "\n"; }

  void add(std::initializer_list<std::string> words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : " ") + base::quote_word(word);
    text_ += line + "\n";
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_server(Fragment& fragment, const FragmentOptions& options) {
  fragment.comment("TLS only: no plaintext port");
  fragment.add({"port", "0"});
  fragment.add({"tls-port", std::to_string(options.port)});
  fragment.add({"tls-cert-file", options.certificate});
  fragment.add({"tls-key-file", options.key});
  fragment.add({"tls-ca-cert-file", options.roots});
  fragment.add({"tls-auth-clients", options.auth_clients});
  fragment.add({"tls-protocols", "TLSv1.2 TLSv1.3"});
}

void add_dialling_pair(Fragment& fragment, const FragmentOptions& options) {
  if (options.client_certificate.empty()) return;
  fragment.comment("shown where this server dials others: its own certificate may only serve");
  fragment.add({"tls-client-cert-file", options.client_certificate});
  fragment.add({"tls-client-key-file", options.client_key});
}

}  // namespace

std::string make_fragment(FragmentKind kind, const FragmentOptions& options) {
  Fragment fragment;
  fragment.comment(options.title);
  add_server(fragment, options);
  if (kind == FragmentKind::kSidecar) {
    fragment.comment("the server behind it, which needs no TLS; and where certificates are changed");
    fragment.add({"upstream", options.upstream});
    fragment.add({"admin-socket", options.admin_socket});
  }
  if (kind == FragmentKind::kServer || kind == FragmentKind::kSidecar) return fragment.text();
  add_dialling_pair(fragment, options);
  fragment.comment(kind == FragmentKind::kSentinel
                       ? "the servers and the other Sentinels are dialled with TLS"
                       : "masters and replicas dial each other with TLS");
  fragment.add({"tls-replication", "yes"});
  if (kind == FragmentKind::kCluster) {
    fragment.add({"cluster-enabled", "yes"});
    fragment.add({"tls-cluster", "yes"});
  }
  const std::string master_port = std::to_string(options.master_port);
  if (kind == FragmentKind::kReplica && !options.master_host.empty()) {
    fragment.add({"replicaof", options.master_host, master_port});
  }
  if (kind == FragmentKind::kSentinel) {
    fragment.add({"sentinel", "monitor", options.master_name, options.master_host, master_port,
                  std::to_string(options.quorum)});
  }
  return fragment.text();
}

}  // namespace conf
