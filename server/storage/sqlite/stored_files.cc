#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

absl::StatusOr<std::optional<StoredCheckpoint>> Session::GetStoredCheckpoint(
    const std::string& sweep_id, const std::string& id) {
  Statement row(*db_,
                "SELECT e.stored_checkpoint FROM experiments e JOIN sweeps s ON s.key = e.sweep"
                " WHERE s.id = ? AND e.id = ?");
  row.Bind(sweep_id, id);
  const std::string text = row.Next() ? row.Text() : "";
  if (!row.status().ok()) return row.status();
  if (text.empty()) return std::optional<StoredCheckpoint>();
  absl::StatusOr<StoredCheckpoint> checkpoint = StoredFromJson(text);
  if (!checkpoint.ok()) return checkpoint.status();
  return std::optional<StoredCheckpoint>(*std::move(checkpoint));
}

absl::StatusOr<std::vector<std::string>> Session::ListStoredFiles() {
  Statement row(*db_,
                "SELECT json_extract(f.value, '$.sha256') FROM experiments e,"
                " json_each(e.stored_checkpoint, '$.files') f WHERE e.stored_checkpoint <> ''"
                " UNION SELECT json_extract(e.plan, '$.data_sha256') FROM experiments e"
                " JOIN sweeps s ON s.key = e.sweep WHERE s.state IN ('active', 'paused')");
  std::vector<std::string> files;
  while (row.Next()) {
    std::string sha256 = row.Text();
    if (!sha256.empty()) files.push_back(std::move(sha256));
  }
  if (!row.status().ok()) return row.status();
  return files;
}

absl::Status Session::PutStoredCheckpoint(const std::string& sweep_id, const std::string& id,
                                          const std::optional<StoredCheckpoint>& checkpoint) {
  if (!checkpoint.has_value()) {
    // Most experiments have none: then nothing is written.
    Statement forget(*db_,
                     "UPDATE experiments SET stored_checkpoint = '' WHERE stored_checkpoint <> ''"
                     " AND id = ? AND sweep = (SELECT key FROM sweeps WHERE id = ?)");
    forget.Bind(id, sweep_id);
    return forget.Run();
  }
  Statement update(*db_,
                   "UPDATE experiments SET stored_checkpoint = ?"
                   " WHERE id = ? AND sweep = (SELECT key FROM sweeps WHERE id = ?)");
  update.Bind(StoredToJson(*checkpoint), id, sweep_id);
  return update.RunOnRow(absl::StrCat("experiment ", id, " in sweep ", sweep_id));
}

}  // namespace ff::storage
