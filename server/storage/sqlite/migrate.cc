#include "server/storage/sqlite/migrate.h"

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/packed_points.h"
#include "server/storage/sqlite/statement.h"

namespace ff::storage {
namespace {

absl::StatusOr<int64_t> Number(Connection& db, const std::string& sql) {
  Statement statement(db, sql);
  const int64_t value = statement.Next() ? statement.Int() : 0;
  if (!statement.status().ok()) return statement.status();
  return value;
}

absl::Status RefuseForeign(Connection& db, int64_t application_id) {
  if (application_id == kApplicationId) return absl::OkStatus();
  absl::StatusOr<int64_t> tables = Number(db, "SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.status();
  if (application_id == 0 && *tables == 0) return absl::OkStatus();  // new and empty
  return absl::FailedPreconditionError(
      "the file is a database of another program; choose another path for the database");
}

absl::Status Apply(Connection& db, const Migration& migration) {
  const std::string script = absl::StrCat(
      "BEGIN IMMEDIATE;\n", migration.sql, "\nPRAGMA application_id = ", kApplicationId,
      ";\nPRAGMA user_version = ", migration.version, ";\nCOMMIT;");
  const absl::Status status = db.Execute(script);
  if (status.ok()) return status;
  if (!db.AutoCommit()) (void)db.Execute("ROLLBACK");  // the first error is the one to tell
  return absl::Status(status.code(),
                      absl::StrCat("migration ", migration.name, ": ", status.message()));
}

}  // namespace

absl::StatusOr<int> Migrate(Connection& db, absl::Span<const Migration> migrations) {
  absl::StatusOr<int64_t> id = Number(db, "PRAGMA application_id");
  if (!id.ok()) return id.status();
  if (absl::Status status = RefuseForeign(db, *id); !status.ok()) return status;
  absl::StatusOr<int64_t> version = Number(db, "PRAGMA user_version");
  if (!version.ok()) return version.status();
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (*version > newest) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the database has schema version ", *version, ", this program knows up to ", newest,
        "; start the newer ff-coordinator that wrote it, or choose another path"));
  }
  if (absl::Status status = DefinePackPoints(db); !status.ok()) return status;
  for (const Migration& migration : migrations) {
    if (migration.version <= *version) continue;
    if (absl::Status status = Apply(db, migration); !status.ok()) return status;
  }
  return newest;
}

}  // namespace ff::storage
