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
  sha256 TEXT NOT NULL UNIQUE,
  lineage TEXT NOT NULL,
  profile TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_alt_names TEXT NOT NULL,  -- a JSON array
  not_before INTEGER NOT NULL,      -- seconds since 1970, UTC
  not_after INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS certificates_by_lineage ON certificates (lineage);
PRAGMA user_version = 1;
)sql";
constexpr const char* kColumns =
    "SELECT serial, sha256, lineage, profile, subject, subject_alt_names, not_before, not_after FROM "
    "certificates ";

[[noreturn]] void fail(sqlite3* database, const std::filesystem::path& path) {
  const std::string reason = database != nullptr ? sqlite3_errmsg(database) : "out of memory";
  throw Error(ErrorKind::kIo, path.native() + ": " + reason);
}

// A prepared statement; text bound to it must outlive it.
class Statement {
 public:
  Statement(sqlite3* database, const std::string& sql, const std::filesystem::path& path)
      : database_(database), path_(path) {
    if (sqlite3_prepare_v2(database, sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK)
      fail(database, path);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  void bind(int at, const std::string& text) {
    sqlite3_bind_text(statement_, at, text.c_str(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int at, base::Time time) { sqlite3_bind_int64(statement_, at, time.time_since_epoch().count()); }

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
  base::Time time(int column) const {
    return base::Time(std::chrono::seconds(sqlite3_column_int64(statement_, column)));
  }

 private:
  sqlite3* database_;
  const std::filesystem::path& path_;
  sqlite3_stmt* statement_ = nullptr;
};

LedgerEntry entry_of(const Statement& row) {
  LedgerEntry entry{row.text(0), row.text(1), row.text(2), row.text(3),
                    row.text(4), {},          row.time(6), row.time(7)};
  for (const auto& name : nlohmann::json::parse(row.text(5))) {
    entry.subject_alt_names.push_back(parse_subject_alt_name(name.get<std::string>()));
  }
  return entry;
}

void create_private_file(const std::filesystem::path& path) {
  const base::FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) throw base::system_error("open the ledger", path.native(), errno);
}

}  // namespace

void Ledger::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

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

void Ledger::record(const Certificate& certificate, const std::string& lineage, const std::string& profile) {
  nlohmann::json names = nlohmann::json::array();
  for (const SubjectAltName& name : certificate.subject_alt_names()) names.push_back(to_string(name));
  const std::string serial = certificate.serial();
  const std::string sha256 = certificate.sha256();
  const std::string subject = certificate.subject();
  const std::string names_text = names.dump();
  Statement insert(database_.get(),
                   "INSERT INTO certificates (serial, sha256, lineage, profile, subject, subject_alt_names, "
                   "not_before, not_after) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                   path_);
  insert.bind(1, serial);
  insert.bind(2, sha256);
  insert.bind(3, lineage);
  insert.bind(4, profile);
  insert.bind(5, subject);
  insert.bind(6, names_text);
  insert.bind(7, certificate.not_before());
  insert.bind(8, certificate.not_after());
  insert.step();
}

std::optional<LedgerEntry> Ledger::find(const std::string& serial) const {
  Statement select(database_.get(), std::string(kColumns) + "WHERE serial = ?", path_);
  select.bind(1, serial);
  if (!select.step()) return std::nullopt;
  return entry_of(select);
}

std::vector<LedgerEntry> Ledger::all() const {
  Statement select(database_.get(), std::string(kColumns) + "ORDER BY number", path_);
  std::vector<LedgerEntry> entries;
  while (select.step()) entries.push_back(entry_of(select));
  return entries;
}

}  // namespace pki
