#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/json_text.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {
namespace {

constexpr char kSelect[] =
    "SELECT w.id, w.incarnation, w.name, w.host, w.pid, w.version, w.devices, w.first_seen,"
    " w.last_seen,"
    " (SELECT count(*) FROM attempts a WHERE a.worker = w.id AND a.state = 'finished'),"
    " (SELECT count(*) FROM attempts a WHERE a.worker = w.id AND a.state = 'failed')"
    " FROM workers w ";

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

absl::StatusOr<std::vector<std::string>> Session::ListFreeWorkers(absl::Time since) {
  Statement row(*db_, "SELECT id FROM workers WHERE last_seen >= ? AND free_slots > 0 ORDER BY id");
  row.Bind(since);
  std::vector<std::string> ids;
  while (row.Next()) ids.push_back(row.Text());
  if (!row.status().ok()) return row.status();
  return ids;
}

absl::Status Session::PutWorker(const Worker& w, int free_slots) {
  Statement put(*db_,
                "INSERT INTO workers (id, incarnation, name, host, pid, version, devices,"
                " free_slots, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET incarnation = excluded.incarnation,"
                " name = excluded.name, host = excluded.host, pid = excluded.pid,"
                " version = excluded.version, devices = excluded.devices,"
                " free_slots = excluded.free_slots, last_seen = excluded.last_seen");
  put.Bind(w.id, w.incarnation, w.name, w.host, w.pid, w.version, DevicesToJson(w.devices),
           free_slots, w.first_seen, w.last_seen);
  return put.Run();
}

}  // namespace ff::storage
