#include <utility>

#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/analysis_json.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

absl::StatusOr<Fit> Session::GetNewestFit(const std::string& sweep_id) {
  Statement row(*db_,
                "SELECT f.created_at, f.fit FROM fits f JOIN sweeps s ON s.key = f.sweep"
                " WHERE s.id = ? ORDER BY f.key DESC LIMIT 1");
  row.Bind(sweep_id);
  if (!row.Next()) {
    return row.status().ok() ? absl::NotFoundError(absl::StrCat("no fit of sweep ", sweep_id))
                             : row.status();
  }
  const absl::Time created_at = row.Time();
  absl::StatusOr<Fit> fit = FitFromJson(row.Text());
  if (fit.ok()) fit->created_at = created_at;
  return fit;
}

absl::StatusOr<Analysis> Session::GetNewestAnalysis(const std::string& sweep_id) {
  absl::StatusOr<Fit> fit = GetNewestFit(sweep_id);
  if (!fit.ok()) return fit.status();
  Statement row(*db_,
                "SELECT f.analysis FROM fits f JOIN sweeps s ON s.key = f.sweep"
                " WHERE s.id = ? ORDER BY f.key DESC LIMIT 1");
  row.Bind(sweep_id);
  if (!row.Next()) return row.status();
  const std::string text = row.Text();  // empty where it is NULL
  absl::StatusOr<Analysis> analysis = text.empty() ? Analysis() : AnalysisFromJson(text);
  if (analysis.ok()) analysis->fit = *std::move(fit);
  return analysis;
}

absl::Status Session::AddAnalysis(const Analysis& analysis) {
  const Fit& fit = analysis.fit;
  Statement remove(*db_,
                   "DELETE FROM fits WHERE live = 1"
                   " AND sweep = (SELECT key FROM sweeps WHERE id = ?)");
  remove.Bind(fit.sweep_id);
  if (absl::Status status = remove.Run(); !status.ok()) return status;
  Statement insert(*db_,
                   "INSERT INTO fits (id, sweep, created_at, fit, analysis, live)"
                   " SELECT ?, key, ?, ?, ?, ? FROM sweeps WHERE id = ?");
  insert.Bind(fit.id, fit.created_at, FitToJson(fit), AnalysisToJson(analysis), fit.live,
              fit.sweep_id);
  return insert.RunOnRow(absl::StrCat("sweep ", fit.sweep_id));
}

}  // namespace ff::storage
