#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/rows.h"
#include "server/storage/sqlite/session.h"
#include "server/storage/sqlite/words.h"

namespace ff::storage {
namespace {

constexpr char kColumns[] =
    "SELECT s.id, s.state, l.waiting, l.in_flight, s.priority, s.weight, s.max_running, s.labels";

absl::StatusOr<std::vector<SweepLoad>> ReadLoads(Statement& row) {
  std::vector<SweepLoad> loads;
  while (row.Next()) {
    SweepLoad& load = loads.emplace_back();
    load.id = row.Text();
    load.state = SweepStateOf(row.Text());
    load.waiting = static_cast<int>(row.Int());
    load.in_flight = static_cast<int>(row.Int());
    absl::StatusOr<SchedulingSpec> scheduling = ReadScheduling(row);
    if (!scheduling.ok()) return scheduling.status();
    load.scheduling = *std::move(scheduling);
  }
  if (!row.status().ok()) return row.status();
  return loads;
}

}  // namespace

absl::StatusOr<SchedulingSpec> ReadScheduling(Statement& row) {
  SchedulingSpec scheduling;
  scheduling.priority = static_cast<int>(row.Int());
  scheduling.weight = row.Real();
  scheduling.max_running = static_cast<int>(row.Int());
  absl::StatusOr<std::vector<std::string>> labels = WordsFromJson(row.Text());
  if (!labels.ok()) return labels.status();
  scheduling.labels = *std::move(labels);
  return scheduling;
}

absl::StatusOr<SweepLoad> Session::GetLoad(const std::string& sweep_id) {
  Statement row(*db_, absl::StrCat(kColumns,
                                   " FROM sweeps s JOIN sweep_load l ON l.sweep = s.key"
                                   " WHERE s.id = ?"));
  row.Bind(sweep_id);
  absl::StatusOr<std::vector<SweepLoad>> found = ReadLoads(row);
  if (!found.ok()) return found.status();
  if (found->empty()) return absl::NotFoundError(absl::StrCat("no sweep ", sweep_id));
  return std::move(found->front());
}

absl::StatusOr<std::vector<WaitingGroup>> Session::ListWaiting(const std::string& sweep_id) {
  Statement row(*db_,
                "SELECT e.mode, e.device, e.memory_bytes, count(*) FROM experiments e"
                " INDEXED BY experiments_waiting"
                " WHERE e.sweep = (SELECT key FROM sweeps WHERE id = ?) AND e.state = 'waiting'"
                " GROUP BY e.mode, e.device, e.memory_bytes ORDER BY e.memory_bytes DESC");
  row.Bind(sweep_id);
  std::vector<WaitingGroup> groups;
  while (row.Next()) {
    WaitingGroup& group = groups.emplace_back();
    group.mode = row.Text();
    group.device = row.Text();
    group.memory_bytes = row.Real();
    group.count = static_cast<int>(row.Int());
  }
  if (!row.status().ok()) return row.status();
  return groups;
}

absl::StatusOr<std::vector<SweepLoad>> Session::ListWaitingSweeps(int limit) {
  Statement row(*db_, absl::StrCat(kColumns,
                                   " FROM sweeps s INDEXED BY sweeps_active"
                                   " JOIN sweep_load l ON l.sweep = s.key"
                                   " WHERE s.state = 'active' AND l.waiting > 0"
                                   " ORDER BY s.priority DESC, s.key LIMIT ?"));
  row.Bind(limit);
  return ReadLoads(row);
}

absl::Status Session::SetScheduling(const std::string& id, const SchedulingSpec& scheduling) {
  Statement update(*db_,
                   "UPDATE sweeps SET priority = ?, weight = ?, max_running = ?, labels = ?,"
                   " version = version + 1 WHERE id = ?");
  update.Bind(scheduling.priority, scheduling.weight, scheduling.max_running,
              WordsToJson(scheduling.labels), id);
  return update.RunOnRow(absl::StrCat("sweep ", id));
}

}  // namespace ff::storage
