#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/analysis_json.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/rows.h"
#include "server/storage/sqlite/session.h"
#include "server/storage/sqlite/words.h"

namespace ff::storage {
namespace {

constexpr char kColumns[] =
    "SELECT id, name, state, created_at, finished_at, imported, no_cache, priority, weight,"
    " max_running, labels, version";

absl::StatusOr<Sweep> ReadSweep(Statement& row) {
  Sweep sweep;
  sweep.id = row.Text();
  sweep.name = row.Text();
  sweep.state = SweepStateOf(row.Text());
  sweep.created_at = row.Time();
  sweep.finished_at = row.Time();
  sweep.imported = row.Bool();
  sweep.no_cache = row.Bool();
  absl::StatusOr<SchedulingSpec> scheduling = ReadScheduling(row);
  if (!scheduling.ok()) return scheduling.status();
  sweep.scheduling = *std::move(scheduling);
  sweep.version = row.Int();
  return sweep;
}

}  // namespace

absl::StatusOr<Sweep> Session::GetSweep(const std::string& id) {
  Statement row(
      *db_, absl::StrCat(kColumns, ", spec_source, dropped, analyzer FROM sweeps WHERE id = ?"));
  row.Bind(id);
  if (!row.Next()) {
    return row.status().ok() ? absl::NotFoundError(absl::StrCat("no sweep ", id)) : row.status();
  }
  absl::StatusOr<Sweep> found = ReadSweep(row);
  if (!found.ok()) return found;
  Sweep sweep = *std::move(found);
  sweep.spec_source = row.Text();
  absl::StatusOr<std::vector<DroppedCell>> dropped = DroppedFromJson(row.Text());
  if (!dropped.ok()) return dropped.status();
  sweep.dropped = *std::move(dropped);
  if (row.IsNull()) return sweep;
  absl::StatusOr<AnalyzeOptions> analyze = AnalyzeOptionsFromJson(row.Text());
  if (!analyze.ok()) return analyze.status();
  sweep.analyze = *std::move(analyze);
  return sweep;
}

absl::StatusOr<std::vector<Sweep>> Session::ListSweeps() {
  Statement row(*db_, absl::StrCat(kColumns, " FROM sweeps ORDER BY key DESC"));
  std::vector<Sweep> sweeps;
  while (row.Next()) {
    absl::StatusOr<Sweep> sweep = ReadSweep(row);
    if (!sweep.ok()) return sweep.status();
    sweeps.push_back(*std::move(sweep));
  }
  if (!row.status().ok()) return row.status();
  return sweeps;
}

absl::StatusOr<std::string> Session::FindSweepByContent(const std::string& content) {
  Statement row(*db_, "SELECT id FROM sweeps WHERE content = ? ORDER BY key LIMIT 1");
  row.Bind(content);
  std::string id = row.Next() ? row.Text() : "";
  if (!row.status().ok()) return row.status();
  return id;
}

absl::Status Session::AddSweep(const Sweep& sweep, const std::string& content) {
  Statement insert(*db_,
                   "INSERT INTO sweeps (id, name, content, state, created_at, finished_at,"
                   " spec_source, dropped, imported, no_cache, priority, weight, max_running,"
                   " labels, analyzer, trace_id)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  std::optional<std::string> analyzer;
  if (sweep.analyze) analyzer = AnalyzeOptionsToJson(*sweep.analyze);
  insert.Bind(sweep.id, sweep.name, content, WordOf(sweep.state), sweep.created_at,
              sweep.finished_at, sweep.spec_source, DroppedToJson(sweep.dropped), sweep.imported,
              sweep.no_cache, sweep.scheduling.priority, sweep.scheduling.weight,
              sweep.scheduling.max_running, WordsToJson(sweep.scheduling.labels), analyzer,
              sweep.trace_id);
  return insert.Run();
}

absl::Status Session::SetSweepState(const std::string& id, SweepState state,
                                    absl::Time finished_at) {
  Statement update(*db_,
                   "UPDATE sweeps SET state = ?, finished_at = ?, version = version + 1"
                   " WHERE id = ?");
  update.Bind(WordOf(state), finished_at, id);
  return update.RunOnRow(absl::StrCat("sweep ", id));
}

absl::Status Session::SetAnalyzeOptions(const std::string& sweep_id,
                                        const AnalyzeOptions& options) {
  Statement update(*db_, "UPDATE sweeps SET analyzer = ?, version = version + 1 WHERE id = ?");
  update.Bind(AnalyzeOptionsToJson(options), sweep_id);
  return update.RunOnRow(absl::StrCat("sweep ", sweep_id));
}

}  // namespace ff::storage
