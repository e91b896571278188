#include "server/storage/sqlite/connection.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"

namespace ff::storage {
namespace {

absl::StatusCode CodeOf(int extended) {
  switch (extended) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return absl::StatusCode::kAlreadyExists;
    case SQLITE_CONSTRAINT_FOREIGNKEY:
      return absl::StatusCode::kNotFound;
    default:
      break;
  }
  switch (extended & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
      return absl::StatusCode::kUnavailable;
    case SQLITE_CORRUPT:
      return absl::StatusCode::kDataLoss;
    case SQLITE_NOTADB:
      return absl::StatusCode::kFailedPrecondition;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInternal;
  }
}

const char* AdviceOf(int extended) {
  switch (extended & 0xff) {
    case SQLITE_FULL:
      return "; free some disk space: nothing of this write was kept";
    case SQLITE_IOERR:
      return "; look at the disk and its free space";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "; check that its folder exists and is writable for this user";
    case SQLITE_CORRUPT:
      return "; restore a copy, or save what `sqlite3 FILE .recover` can read";
    case SQLITE_NOTADB:
      return "; choose another path for the database";
    default:
      return "";
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& path) {
  sqlite3* db = nullptr;
  // Each connection is used by one thread at a time, so SQLite's own mutexes are not needed.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(db, path));
  if (code != SQLITE_OK) return connection->StatusOf(code, "");
  if (sqlite3_db_readonly(db, "main") == 1) {
    return absl::PermissionDeniedError(absl::StrCat(
        "database ", path, ": the file is not writable; check its owner and permissions"));
  }
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, 5000);
  return connection;
}

Connection::~Connection() {
  for (auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

absl::Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : StatusOf(code, sql);
}

absl::Status Connection::CopyFrom(Connection& other) {
  sqlite3_backup* backup = sqlite3_backup_init(db_, "main", other.db_, "main");
  if (backup == nullptr) return StatusOf(sqlite3_errcode(db_), "backup");
  // In steps it would begin anew with every write; a single one reads a single state.
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped == SQLITE_DONE && finished == SQLITE_OK) return absl::OkStatus();
  return StatusOf(stepped == SQLITE_DONE ? finished : stepped, "backup");
}

absl::Status Connection::StatusOf(int code, const std::string& sql) const {
  const int extended = db_ == nullptr ? code : sqlite3_extended_errcode(db_);
  const absl::StatusCode meaning = CodeOf(extended);
  std::string text = absl::StrCat("database ", path_, ": ",
                                  db_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db_),
                                  " (SQLite ", extended, ")", AdviceOf(extended));
  if (meaning == absl::StatusCode::kInternal) absl::StrAppend(&text, "; in: ", sql);
  return absl::Status(meaning, text);
}

bool Connection::AutoCommit() const { return sqlite3_get_autocommit(db_) != 0; }
int64_t Connection::ChangedRows() const { return sqlite3_changes64(db_); }
int64_t Connection::LastInsertedKey() const { return sqlite3_last_insert_rowid(db_); }

absl::StatusOr<sqlite3_stmt*> Connection::Prepare(const std::string& sql) {
  if (auto node = idle_.extract(sql)) return node.mapped();
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return StatusOf(code, sql);
  return statement;
}

void Connection::Release(const std::string& sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (!idle_.emplace(sql, statement).second) sqlite3_finalize(statement);
}

}  // namespace ff::storage
