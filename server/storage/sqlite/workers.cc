#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {
namespace {

constexpr char kSelect[] =
    "SELECT w.id, w.incarnation, w.name, w.host, w.pid, w.version, w.devices, w.first_seen,"
    " w.last_seen, w.finished, w.failed, w.labels, w.modes, w.draining FROM workers w ";

}  // namespace

absl::StatusOr<std::vector<Worker>> Session::ReadWorkers(Statement& row) {
  std::vector<Worker> workers;
  while (row.Next()) {
    Worker& worker = workers.emplace_back();
    worker.id = row.Text();
    worker.incarnation = row.Text();
    worker.name = row.Text();
    worker.host = row.Text();
    worker.pid = static_cast<int>(row.Int());
    worker.version = row.Text();
    absl::StatusOr<std::vector<Device>> devices = DevicesFromJson(row.Text());
    if (!devices.ok()) return devices.status();
    worker.devices = *std::move(devices);
    worker.first_seen = row.Time();
    worker.last_seen = row.Time();
    worker.finished = static_cast<int>(row.Int());
    worker.failed = static_cast<int>(row.Int());
    absl::StatusOr<std::vector<std::string>> labels = WordsFromJson(row.Text());
    if (!labels.ok()) return labels.status();
    worker.labels = *std::move(labels);
    absl::StatusOr<std::vector<std::string>> modes = WordsFromJson(row.Text());
    if (!modes.ok()) return modes.status();
    worker.modes = *std::move(modes);
    worker.draining = row.Bool();
  }
  if (!row.status().ok()) return row.status();
  return workers;
}

absl::StatusOr<Worker> Session::GetWorker(const std::string& id) {
  Statement row(*db_, absl::StrCat(kSelect, "WHERE w.id = ?"));
  row.Bind(id);
  absl::StatusOr<std::vector<Worker>> found = ReadWorkers(row);
  if (!found.ok()) return found.status();
  if (found->empty()) return absl::NotFoundError(absl::StrCat("no worker ", id));
  return std::move(found->front());
}

absl::StatusOr<std::vector<Worker>> Session::ListWorkers() {
  Statement row(*db_, absl::StrCat(kSelect, "ORDER BY w.name, w.id"));
  return ReadWorkers(row);
}

absl::StatusOr<bool> Session::IsFree(const std::string& worker_id, absl::Time since) {
  Statement row(*db_,
                "SELECT 1 FROM workers w WHERE id = ? AND last_seen >= ? AND free_slots > 0"
                " AND NOT EXISTS (SELECT 1 FROM worker_health h WHERE h.worker = w.id"
                "   AND h.device = '' AND h.cordoned <> '')");
  row.Bind(worker_id, since);
  const bool free = row.Next();
  if (!row.status().ok()) return row.status();
  return free;
}

absl::StatusOr<int> Session::CountWorkers(absl::Time since) {
  Statement row(*db_, "SELECT count(*) FROM workers WHERE last_seen >= ?");
  row.Bind(since);
  const int count = row.Next() ? static_cast<int>(row.Int()) : 0;
  if (!row.status().ok()) return row.status();
  return count;
}

absl::StatusOr<std::vector<std::pair<std::string, Health>>> Session::ListHealth(
    const std::string& worker_id) {
  Statement row(
      *db_, absl::StrCat("SELECT worker, device, fast_failures, cordoned, drain_until"
                         " FROM worker_health",
                         worker_id.empty() ? "" : " WHERE worker = ?", " ORDER BY worker, device"));
  if (!worker_id.empty()) row.Bind(worker_id);
  std::vector<std::pair<std::string, Health>> all;
  while (row.Next()) {
    auto& [worker, health] = all.emplace_back();
    worker = row.Text();
    health.device_id = row.Text();
    health.fast_failures = static_cast<int>(row.Int());
    health.cordoned = row.Text();
    health.drain_until = row.Time();
  }
  if (!row.status().ok()) return row.status();
  return all;
}

absl::Status Session::PutWorker(const Worker& w, int free_slots) {
  Statement put(*db_,
                "INSERT INTO workers (id, incarnation, name, host, pid, version, devices,"
                " free_slots, first_seen, last_seen, labels, modes, draining)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET incarnation = excluded.incarnation,"
                " name = excluded.name, host = excluded.host, pid = excluded.pid,"
                " version = excluded.version, devices = excluded.devices,"
                " free_slots = excluded.free_slots, last_seen = excluded.last_seen,"
                " labels = excluded.labels, modes = excluded.modes, draining = excluded.draining");
  put.Bind(w.id, w.incarnation, w.name, w.host, w.pid, w.version, DevicesToJson(w.devices),
           free_slots, w.first_seen, w.last_seen, WordsToJson(w.labels), WordsToJson(w.modes),
           w.draining);
  return put.Run();
}

absl::Status Session::PutHealth(const std::string& worker_id, const Health& health) {
  if (health.cordoned.empty() && health.fast_failures == 0) {
    Statement forget(*db_, "DELETE FROM worker_health WHERE worker = ? AND device = ?");
    forget.Bind(worker_id, health.device_id);
    return forget.Run();
  }
  Statement put(*db_,
                "INSERT OR REPLACE INTO worker_health (worker, device, fast_failures, cordoned,"
                " drain_until) VALUES (?, ?, ?, ?, ?)");
  put.Bind(worker_id, health.device_id, health.fast_failures, health.cordoned, health.drain_until);
  return put.Run();
}

}  // namespace ff::storage
