#include "absl/strings/str_cat.h"
#include "server/storage/sqlite/session.h"

namespace ff::storage {
namespace {

// NULL stands for both infinite times; a column that means the infinite past says so here.
absl::Time PastOf(absl::Time time) {
  return time == absl::InfiniteFuture() ? absl::InfinitePast() : time;
}

}  // namespace

absl::StatusOr<std::vector<Credential>> Session::ListCredentials() {
  Statement row(*db_,
                "SELECT id, name, role, hash, created_at, created_by, expires_at, revoked_at,"
                " last_used FROM credentials ORDER BY created_at, id");
  std::vector<Credential> credentials;
  while (row.Next()) {
    Credential& one = credentials.emplace_back();
    one.id = row.Text();
    one.name = row.Text();
    one.role = static_cast<Role>(row.Int());
    one.hash = row.Text();
    one.created_at = row.Time();
    one.created_by = row.Text();
    one.expires_at = row.Time();
    one.revoked_at = row.Time();
    one.last_used = PastOf(row.Time());
  }
  if (!row.status().ok()) return row.status();
  return credentials;
}

absl::Status Session::AddCredential(const Credential& one) {
  Statement insert(*db_,
                   "INSERT INTO credentials (id, name, role, hash, created_at, created_by,"
                   " expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  insert.Bind(one.id, one.name, static_cast<int>(one.role), one.hash, one.created_at,
              one.created_by, one.expires_at, one.revoked_at);
  return insert.Run();
}

absl::Status Session::RevokeCredential(const std::string& id, absl::Time time) {
  Statement update(*db_, "UPDATE credentials SET revoked_at = ? WHERE id = ?");
  update.Bind(time, id);
  return update.RunOnRow(absl::StrCat("token ", id));
}

absl::Status Session::SetLastUsed(const std::string& id, absl::Time time) {
  Statement update(*db_, "UPDATE credentials SET last_used = ? WHERE id = ?");
  update.Bind(time, id);
  return update.RunOnRow(absl::StrCat("token ", id));
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> Session::ListWorkerOwners() {
  Statement row(*db_, "SELECT worker_id, owner FROM worker_owners");
  std::vector<std::pair<std::string, std::string>> owners;
  while (row.Next()) {
    std::string worker = row.Text();
    owners.emplace_back(std::move(worker), row.Text());
  }
  if (!row.status().ok()) return row.status();
  return owners;
}

absl::Status Session::AddWorkerOwner(const std::string& worker_id, const std::string& owner) {
  Statement insert(*db_, "INSERT INTO worker_owners (worker_id, owner) VALUES (?, ?)");
  insert.Bind(worker_id, owner);
  return insert.Run();
}

absl::StatusOr<std::vector<AuditEntry>> Session::ListAudit(const AuditFilter& filter) {
  Statement row(*db_,
                absl::StrCat("SELECT seq, time, who, role, door, peer, action, subject, outcome,"
                             " trace_id FROM audit WHERE seq > ?",
                             filter.who.empty() ? "" : " AND who = ?", " ORDER BY seq",
                             filter.oldest_first ? "" : " DESC", " LIMIT ",
                             filter.limit > 0 ? filter.limit : -1));
  row.Bind(filter.after_seq);
  if (!filter.who.empty()) row.Bind(filter.who);
  std::vector<AuditEntry> entries;
  while (row.Next()) {
    AuditEntry& entry = entries.emplace_back();
    entry.seq = row.Int();
    entry.time = row.Time();
    for (std::string* text : {&entry.who, &entry.role, &entry.door, &entry.peer, &entry.action,
                              &entry.subject, &entry.outcome, &entry.trace_id}) {
      *text = row.Text();
    }
  }
  if (!row.status().ok()) return row.status();
  return entries;
}

absl::StatusOr<int64_t> Session::AddAudit(const AuditEntry& entry) {
  Statement insert(*db_,
                   "INSERT INTO audit (time, who, role, door, peer, action, subject, outcome,"
                   " trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq");
  insert.Bind(entry.time, entry.who, entry.role, entry.door, entry.peer, entry.action,
              entry.subject, entry.outcome, entry.trace_id);
  const int64_t seq = insert.Next() ? insert.Int() : 0;
  if (!insert.status().ok()) return insert.status();
  return seq;
}

absl::Status Session::SetAuditOutcome(int64_t seq, const std::string& outcome) {
  Statement update(*db_, "UPDATE audit SET outcome = ? WHERE seq = ?");
  update.Bind(outcome, seq);
  return update.RunOnRow(absl::StrCat("audit entry ", seq));
}

}  // namespace ff::storage
