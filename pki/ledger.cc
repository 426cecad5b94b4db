#include "pki/ledger.h"

#include <fcntl.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/file.h"

namespace pki {
namespace {

using base::Error;
using base::ErrorKind;

constexpr int kBusyTimeoutMs = 30'000;
constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS certificates (
  number INTEGER PRIMARY KEY,
  serial TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL,
  lineage TEXT NOT NULL,
  profile TEXT NOT NULL,
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_alt_names TEXT NOT NULL,  -- a JSON array
  not_before INTEGER NOT NULL,      -- seconds since 1970, UTC
  not_after INTEGER NOT NULL,
  revoked_at INTEGER,
  revocation_reason INTEGER
);
CREATE INDEX IF NOT EXISTS certificates_by_lineage ON certificates (lineage);
CREATE TABLE IF NOT EXISTS crl (number INTEGER NOT NULL);
INSERT INTO crl SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM crl);
PRAGMA user_version = 1;
)sql";
constexpr const char* kColumns =
    "SELECT serial, sha256, lineage, profile, issuer, subject, subject_alt_names, not_before, not_after, "
    "revoked_at, "
    "revocation_reason FROM certificates ";
constexpr const char* kInsert =
    "INSERT INTO certificates (serial, sha256, lineage, profile, issuer, subject, subject_alt_names, "
    "not_before, "
    "not_after, revoked_at, revocation_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

[[noreturn]] void fail(sqlite3* database, const std::filesystem::path& path) {
  const std::string reason = database != nullptr ? sqlite3_errmsg(database) : "out of memory";
  throw Error(ErrorKind::kIo, path.native() + ": " + reason);
}

sqlite3_stmt* prepare(sqlite3* database, const std::string& sql, const std::filesystem::path& path) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail(database, path);
  return statement;
}

// One use of a prepared statement; text bound to it must outlive it.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql, const std::filesystem::path& path)
      : Statement(database, prepare(database, sql, path), path) {
    is_own_ = true;
  }
  Statement(sqlite3* database, sqlite3_stmt* borrowed, const std::filesystem::path& path)
      : database_(database), path_(path), statement_(borrowed) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() {
    if (is_own_) {
      sqlite3_finalize(statement_);
    } else {
      sqlite3_reset(statement_);
      sqlite3_clear_bindings(statement_);
    }
  }

  void bind(int at, const std::string& text) {
    sqlite3_bind_text(statement_, at, text.c_str(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int at, base::Time time) { bind(at, time.time_since_epoch().count()); }
  void bind(int at, long long number) { sqlite3_bind_int64(statement_, at, number); }

  // True when there is a row. Throws Error.
  bool step() {
    const int result = sqlite3_step(statement_);
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    if (result == SQLITE_CONSTRAINT)
      throw Error(ErrorKind::kExists, path_.native() + ": the serial is taken");
    fail(database_, path_);
  }

  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return bytes == nullptr
               ? ""
               : std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
  }
  long long number(int column) const { return sqlite3_column_int64(statement_, column); }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  base::Time time(int column) const { return base::Time(std::chrono::seconds(number(column))); }

 private:
  sqlite3* database_;
  const std::filesystem::path& path_;
  sqlite3_stmt* statement_;
  bool is_own_ = false;
};

LedgerEntry entry_of(const Statement& row) {
  LedgerEntry entry{row.text(0), row.text(1), row.text(2), row.text(3), row.text(4),
                    row.text(5), {},          row.time(7), row.time(8), std::nullopt};
  for (const auto& name : nlohmann::json::parse(row.text(6))) {
    entry.subject_alt_names.push_back(parse_subject_alt_name(name.get<std::string>()));
  }
  if (!row.is_null(9))
    entry.revocation = Revocation{static_cast<RevocationReason>(row.number(10)), row.time(9)};
  return entry;
}

std::string to_json(const std::vector<SubjectAltName>& names) {
  nlohmann::json document = nlohmann::json::array();
  for (const SubjectAltName& name : names) document.push_back(to_string(name));
  return document.dump();
}

void create_private_file(const std::filesystem::path& path) {
  const base::FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) throw base::system_error("open the ledger", path.native(), errno);
}

}  // namespace

void Ledger::Close::operator()(sqlite3* database) const { sqlite3_close(database); }
void Ledger::Close::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Ledger::Ledger(const std::filesystem::path& path) : path_(path) {
  create_private_file(path);  // SQLite gives its journal files the mode of the database
  sqlite3* database = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(database);
  if (result != SQLITE_OK) fail(database, path);
  sqlite3_busy_timeout(database, kBusyTimeoutMs);
  const std::string setup =
      std::string("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE;") + kSchema +
      "COMMIT;";
  if (sqlite3_exec(database, setup.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(database, path);
}

void Ledger::execute(const char* sql) const {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    fail(database_.get(), path_);
}

void Ledger::record(const Certificate& certificate, const std::string& lineage, const std::string& profile,
                    const std::string& issuer) {
  record({certificate.serial(), certificate.sha256(), lineage, profile, issuer, certificate.subject(),
          certificate.subject_alt_names(), certificate.not_before(), certificate.not_after(), std::nullopt});
}

void Ledger::record(const LedgerEntry& entry) {
  const std::string names = to_json(entry.subject_alt_names);
  if (insert_ == nullptr) insert_.reset(prepare(database_.get(), kInsert, path_));
  Statement insert(database_.get(), insert_.get(), path_);
  insert.bind(1, entry.serial);
  insert.bind(2, entry.sha256);
  insert.bind(3, entry.lineage);
  insert.bind(4, entry.profile);
  insert.bind(5, entry.issuer);
  insert.bind(6, entry.subject);
  insert.bind(7, names);
  insert.bind(8, entry.not_before);
  insert.bind(9, entry.not_after);
  if (entry.revocation) {
    insert.bind(10, entry.revocation->at);
    insert.bind(11, static_cast<long long>(entry.revocation->reason));
  }
  insert.step();
}

void Ledger::group(const std::function<void()>& action) {
  execute("BEGIN IMMEDIATE");
  try {
    action();
    execute("COMMIT");
  } catch (...) {
    sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

std::optional<LedgerEntry> Ledger::find(const std::string& serial) const {
  Statement select(database_.get(), std::string(kColumns) + "WHERE serial = ?", path_);
  select.bind(1, serial);
  if (!select.step()) return std::nullopt;
  return entry_of(select);
}

std::vector<LedgerEntry> Ledger::list(const LedgerFilter& filter) const {
  std::string conditions = "WHERE 1 ";
  if (filter.lineage) conditions += "AND lineage = ?1 ";
  if (filter.expires_before) conditions += "AND not_after < ?2 ";
  if (filter.now) conditions += "AND not_after > ?3 ";
  if (filter.revoked_only) conditions += "AND revoked_at IS NOT NULL ";
  Statement select(database_.get(), kColumns + conditions + "ORDER BY number", path_);
  if (filter.lineage) select.bind(1, *filter.lineage);
  if (filter.expires_before) select.bind(2, *filter.expires_before);
  if (filter.now) select.bind(3, *filter.now);
  std::vector<LedgerEntry> entries;
  while (select.step()) entries.push_back(entry_of(select));
  return entries;
}

bool Ledger::revoke(const std::string& serial, const Revocation& revocation) {
  bool changed = false;
  group([&] {
    const auto entry = find(serial);
    if (!entry) throw Error(ErrorKind::kNotFound, "the ledger has no certificate with the serial " + serial);
    const bool held = entry->revocation && entry->revocation->reason == RevocationReason::kCertificateHold;
    const bool taken_back = revocation.reason == RevocationReason::kRemoveFromCrl;
    if (taken_back ? !held : entry->revocation && !held) return;
    Statement update(
        database_.get(),
        taken_back ? "UPDATE certificates SET revoked_at = NULL, revocation_reason = NULL WHERE serial = ?1"
                   : "UPDATE certificates SET revoked_at = ?2, revocation_reason = ?3 WHERE serial = ?1",
        path_);
    update.bind(1, serial);
    if (!taken_back) {
      update.bind(2, held ? entry->revocation->at : revocation.at);
      update.bind(3, static_cast<long long>(revocation.reason));
    }
    update.step();
    changed = true;
  });
  return changed;
}

long long Ledger::next_crl_number() {
  Statement update(database_.get(), "UPDATE crl SET number = number + 1 RETURNING number", path_);
  update.step();
  const long long number = update.number(0);
  update.step();
  return number;
}

void Ledger::copy_to(const std::filesystem::path& path) const {
  create_private_file(path);
  Statement copy(database_.get(), "VACUUM INTO ?", path_);
  const std::string name = path.native();
  copy.bind(1, name);
  copy.step();
}

}  // namespace pki
