#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pki/certificate.h"

struct sqlite3;

namespace pki {

// One certificate that this PKI made.
struct LedgerEntry {
  std::string serial;  // lower-case hex
  std::string sha256;
  std::string lineage;  // empty for a CA
  std::string profile;  // server, client, peer, ca
  std::string subject;
  std::vector<SubjectAltName> subject_alt_names;
  base::Time not_before;
  base::Time not_after;
};

// The record of every certificate, on disk before the certificate leaves. Several processes may use one
// ledger at once; an object belongs to one thread. Throws Error(kIo).
class Ledger {
 public:
  // Makes the file, 0600, if there is none.
  explicit Ledger(const std::filesystem::path& path);

  // Durable when it returns. Throws Error(kExists) when the serial is taken.
  void record(const Certificate& certificate, const std::string& lineage, const std::string& profile);

  std::optional<LedgerEntry> find(const std::string& serial) const;
  std::vector<LedgerEntry> all() const;  // oldest first

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace pki
