// One SQLite connection with its prepared statements, and the meaning of SQLite's result
// codes as statuses. Not thread-safe: one thread at a time.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ff::storage {

class Connection {
 public:
  // Opens or creates. Errors as StatusOf has them; PERMISSION_DENIED: cannot be opened.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& path);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs SQL of any number of statements without parameters.
  absl::Status Execute(const std::string& sql);

  // Replaces the content by the other's, all pages in one read transaction of the other.
  absl::Status CopyFrom(Connection& other);

  // The last call's error, by its result code: UNAVAILABLE (full, I/O, busy, read-only),
  // DATA_LOSS (damaged), FAILED_PRECONDITION (not a database), ALREADY_EXISTS (unique),
  // NOT_FOUND (a referenced row), INTERNAL (the rest).
  absl::Status StatusOf(int code, const std::string& sql) const;

  // False inside a transaction; true also after SQLite rolled one back on an error.
  bool AutoCommit() const;
  int64_t ChangedRows() const;
  int64_t LastInsertedKey() const;
  sqlite3* handle() const { return db_; }

  // A statement ready to be bound, from the cache if it is there and idle; hand it back
  // with Release.
  absl::StatusOr<sqlite3_stmt*> Prepare(const std::string& sql);
  void Release(const std::string& sql, sqlite3_stmt* statement);

 private:
  Connection(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}

  sqlite3* const db_;
  const std::string path_;
  std::unordered_map<std::string, sqlite3_stmt*> idle_;
};

}  // namespace ff::storage
