#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {

absl::StatusOr<std::vector<Event>> Session::ListEvents(const EventFilter& filter) {
  Statement row(*db_,
                absl::StrCat("SELECT seq, time, sweep_id, experiment_id, attempt, kind, message"
                             " FROM events WHERE seq > ?",
                             filter.sweep_id.empty() ? "" : " AND sweep_id = ?",
                             filter.experiment_id.empty() ? "" : " AND experiment_id = ?",
                             filter.sweep_only ? " AND experiment_id = ''" : "", " ORDER BY seq",
                             filter.newest_first ? " DESC" : "", " LIMIT ",
                             filter.limit > 0 ? filter.limit : -1));
  row.Bind(filter.after_seq);
  if (!filter.sweep_id.empty()) row.Bind(filter.sweep_id);
  if (!filter.experiment_id.empty()) row.Bind(filter.experiment_id);
  std::vector<Event> events;
  while (row.Next()) {
    Event& event = events.emplace_back();
    event.seq = row.Int();
    event.time = row.Time();
    event.sweep_id = row.Text();
    event.experiment_id = row.Text();
    event.attempt_id = row.Int();
    event.kind = row.Text();
    event.message = row.Text();
  }
  if (!row.status().ok()) return row.status();
  return events;
}

absl::Status Session::AddEvent(const Event& event) {
  Statement insert(*db_,
                   "INSERT INTO events (time, sweep_id, experiment_id, attempt, kind, message)"
                   " VALUES (?, ?, ?, ?, ?, ?)");
  insert.Bind(event.time, event.sweep_id, event.experiment_id, event.attempt_id, event.kind,
              event.message);
  return insert.Run();
}

}  // namespace ff::storage
