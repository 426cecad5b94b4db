#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pki {

// The files of a generation, three of them under the names that kubernetes.io/tls uses.
struct CertificateFiles {
  std::filesystem::path directory;

  std::filesystem::path certificate() const { return directory / "tls.crt"; }  // leaf, then intermediates
  std::filesystem::path key() const { return directory / "tls.key"; }
  std::filesystem::path roots() const { return directory / "ca.crt"; }  // what clients verify the leaf with
  std::filesystem::path warnings() const { return directory / "warnings.txt"; }  // rarely there
};

// Where one lineage keeps its things.
struct LineagePaths {
  std::filesystem::path directory;

  std::filesystem::path settings() const { return directory / "lineage.json"; }
  std::filesystem::path targets() const { return directory / "targets.json"; }
  std::filesystem::path journal() const { return directory / "rotation.journal"; }
  std::filesystem::path renewal() const { return directory / "renewal.json"; }
  std::filesystem::path backups() const { return directory / "replaced"; }  // of files in place
  std::filesystem::path lock() const { return directory / "lock"; }
  std::filesystem::path acme_order() const { return directory / "acme-order.json"; }
  std::filesystem::path acme_renewal_info() const { return directory / "acme-renewal-info.json"; }
  std::filesystem::path acme_order_key() const { return directory / "acme-order.key"; }
  std::filesystem::path rotation_lock() const { return directory / "rotation.lock"; }
  std::filesystem::path current() const { return directory / "current"; }
  std::filesystem::path generations() const { return directory / "generations"; }
  CertificateFiles current_files() const { return {current()}; }
  CertificateFiles generation(int number) const;
  // Relative, for the link `current`.
  static std::filesystem::path link_destination(int number);
  // The number in "0007" or "generations/0007"; nothing for another name.
  static std::optional<int> parse_generation(const std::filesystem::path& path);
};

// The files of a CA. A single tier has no issuing CA.
struct AuthorityPaths {
  std::filesystem::path directory;

  std::filesystem::path root_certificate() const { return directory / "root.crt"; }
  std::filesystem::path root_key() const { return directory / "root.key"; }
  std::filesystem::path issuing_certificate() const { return directory / "issuing.crt"; }
  std::filesystem::path issuing_key() const { return directory / "issuing.key"; }
  std::vector<std::filesystem::path> files() const;
};

// The directory that holds one PKI. Every path that the program invents below it is made and parsed here.
class Home {
 public:
  explicit Home(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path authority() const { return root_ / "ca"; }
  std::filesystem::path root_certificate() const { return authority() / "root.crt"; }  // or several: a change
  std::filesystem::path root_key() const { return authority() / "root.key"; }
  std::filesystem::path issuing_certificate() const { return authority() / "issuing.crt"; }
  std::filesystem::path issuing_key() const { return authority() / "issuing.key"; }
  // While one CA takes the place of another: both, whole, and a link to the one that signs.
  AuthorityPaths old_authority() const { return {authority() / "old"}; }
  AuthorityPaths next_authority() const { return {authority() / "next"}; }
  std::filesystem::path signer() const { return authority() / "signer"; }
  std::filesystem::path authority_change() const { return authority() / "change.json"; }
  AuthorityPaths signing_authority() const;  // the one whose key signs now
  std::filesystem::path client_roots() const { return root_ / "trust" / "clients.crt"; }
  std::filesystem::path crl() const { return root_ / "trust" / "crl.pem"; }
  std::filesystem::path ledger() const { return root_ / "ledger.db"; }
  std::filesystem::path lock() const { return root_ / "lock"; }
  std::filesystem::path renewal_lock() const { return root_ / "renew.lock"; }
  std::filesystem::path renewal_clock() const { return root_ / "renew.json"; }
  std::filesystem::path notified() const { return root_ / "notified.json"; }
  std::filesystem::path acme_accounts() const { return root_ / "acme"; }
  std::filesystem::path lineages() const { return root_ / "certs"; }
  LineagePaths lineage(std::string_view name) const { return {lineages() / name}; }

  bool is_there() const;  // also for who may not look into `ca`

  // Throw Error when it can't be seen.
  bool has_authority() const;
  bool has_lineage(std::string_view name) const;
  std::vector<std::string> lineage_names() const;  // sorted

  // Makes the directory and those that everything needs: it can be traversed, `ca` only by its owner.
  void create() const;

 private:
  std::filesystem::path root_;
};

// Throws Error(kUsage) unless the name can be a directory and a common name: letters, digits, ". _ - @",
// not starting with a dot or hyphen, at most 64 characters.
void require_lineage_name(std::string_view name);
bool is_lineage_name(std::string_view name);

}  // namespace pki
