#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pki/certificate.h"
#include "pki/revocation.h"

struct sqlite3;
struct sqlite3_stmt;

namespace pki {

// One certificate that this PKI made or took over.
struct LedgerEntry {
  std::string serial;   // lower-case hex
  std::string sha256;   // empty for one that was taken over without its bytes
  std::string lineage;  // empty for a CA and for a signed request
  std::string profile;  // server, client, peer, ca
  std::string issuer;   // the name of the issuer that made it: "local"
  std::string subject;
  std::vector<SubjectAltName> subject_alt_names;
  base::Time not_before;
  base::Time not_after;
  std::optional<Revocation> revocation;
};

// Which entries to list. All conditions must hold.
struct LedgerFilter {
  std::optional<std::string> lineage;
  std::optional<base::Time> expires_before;  // and not expired at `now`
  std::optional<base::Time> now;
  bool revoked_only = false;
};

// The record of every certificate, on disk before the certificate leaves. Several processes may use one
// ledger at once; an object belongs to one thread. Throws Error(kIo).
class Ledger {
 public:
  // Makes the file, 0600, if there is none.
  explicit Ledger(const std::filesystem::path& path);

  // Durable when it returns, unless it is called within group(). Throws Error(kExists) when the serial is
  // taken.
  void record(const Certificate& certificate, const std::string& lineage, const std::string& profile,
              const std::string& issuer = "local");
  void record(const LedgerEntry& entry);

  // Makes all that the action records durable together, and nothing of it when the action throws.
  void group(const std::function<void()>& action);

  std::optional<LedgerEntry> find(const std::string& serial) const;
  std::vector<LedgerEntry> list(const LedgerFilter& filter = {}) const;  // oldest first

  // Throws Error(kNotFound) for an unknown serial. One that is revoked stays as it is, except that a hold may
  // become final or be taken back with kRemoveFromCrl (RFC 5280, 5.3.1). False when nothing has changed.
  bool revoke(const std::string& serial, const Revocation& revocation);

  // The next number for a CRL: one more than any before (RFC 5280, 5.2.3).
  long long next_crl_number();

  // A consistent copy of the whole ledger as a new file, also while others write.
  void copy_to(const std::filesystem::path& path) const;

 private:
  struct Close {
    void operator()(sqlite3* database) const;
    void operator()(sqlite3_stmt* statement) const;
  };

  void execute(const char* sql) const;

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> database_;
  std::unique_ptr<sqlite3_stmt, Close> insert_;  // prepared once, for bulk issue
};

}  // namespace pki
