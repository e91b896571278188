#include "server/storage/sqlite/statement.h"

#include <sqlite3.h>

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::storage {

Statement::Statement(Connection& db, std::string sql) : db_(db), sql_(std::move(sql)) {
  absl::StatusOr<sqlite3_stmt*> prepared = db_.Prepare(sql_);
  if (prepared.ok()) {
    statement_ = *prepared;
  } else {
    status_ = prepared.status();
  }
}

Statement::~Statement() {
  if (statement_ != nullptr) db_.Release(sql_, statement_);
}

void Statement::Check(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = db_.StatusOf(code, sql_);
}

void Statement::BindOne(int64_t value) {
  if (status_.ok()) Check(sqlite3_bind_int64(statement_, ++parameter_, value));
}

void Statement::BindOne(double value) {
  if (std::isnan(value)) return BindNull();
  if (status_.ok()) Check(sqlite3_bind_double(statement_, ++parameter_, value));
}

void Statement::BindOne(const std::string& value) {
  if (!status_.ok()) return;
  Check(sqlite3_bind_text(statement_, ++parameter_, value.data(), static_cast<int>(value.size()),
                          SQLITE_TRANSIENT));
}

void Statement::BindOne(absl::Time value) {
  if (value == absl::InfiniteFuture()) return BindNull();
  BindOne(absl::ToUnixMicros(value));
}

void Statement::BindNull() {
  if (status_.ok()) Check(sqlite3_bind_null(statement_, ++parameter_));
}

Statement& Statement::BindBlob(const std::string& bytes) {
  if (status_.ok()) {
    Check(sqlite3_bind_blob(statement_, ++parameter_, bytes.data(), static_cast<int>(bytes.size()),
                            SQLITE_TRANSIENT));
  }
  return *this;
}

bool Statement::Next() {
  if (!status_.ok()) return false;
  column_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) Check(code);
  return false;
}

absl::Status Statement::Run() {
  while (Next()) {
  }
  return status_;
}

absl::Status Statement::RunOnRow(const std::string& what) {
  if (absl::Status status = Run(); !status.ok()) return status;
  if (db_.ChangedRows() > 0) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no ", what));
}

int64_t Statement::Int() { return sqlite3_column_int64(statement_, column_++); }

double Statement::Real() {
  if (IsNull()) {
    ++column_;
    return std::numeric_limits<double>::quiet_NaN();
  }
  return sqlite3_column_double(statement_, column_++);
}

std::string Statement::Text() {
  const void* bytes = sqlite3_column_blob(statement_, column_);
  const int size = sqlite3_column_bytes(statement_, column_++);
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

absl::Time Statement::Time() {
  if (!IsNull()) return absl::FromUnixMicros(Int());
  ++column_;
  return absl::InfiniteFuture();
}

bool Statement::IsNull() const { return sqlite3_column_type(statement_, column_) == SQLITE_NULL; }

}  // namespace ff::storage
