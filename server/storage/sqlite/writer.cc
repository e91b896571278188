#include "server/storage/sqlite/writer.h"

#include <algorithm>
#include <utility>

namespace ff::storage {
namespace {

// Bounds how long the first write of a group waits for the last.
constexpr size_t kMostInBatch = 256;

}  // namespace

Writer::Writer(std::unique_ptr<Session> session)
    : session_(std::move(session)), thread_([this] { Loop(); }) {}

Writer::~Writer() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

absl::Status Writer::Queue(Work work, bool removes) {
  const auto begin = std::chrono::steady_clock::now();
  Pending pending{work, removes, absl::OkStatus(), false, {}};
  std::unique_lock<std::mutex> lock(mutex_);
  queue_.push_back(&pending);
  queued_.notify_one();
  pending.answered.wait(lock, [&] { return pending.done; });
  Count(std::chrono::steady_clock::now() - begin);
  return pending.status;
}

Writer::Counts Writer::GetCounts() const {
  std::lock_guard<std::mutex> lock(mutex_);
  Counts counts = counts_;
  counts.waiting = static_cast<int64_t>(queue_.size());
  return counts;
}

void Writer::Count(std::chrono::duration<double> took) {
  counts_.write_seconds += took.count();
  const auto place = std::lower_bound(kWriteBounds.begin(), kWriteBounds.end(), took.count());
  ++counts_.write_times[static_cast<size_t>(place - kWriteBounds.begin())];
}

std::vector<Writer::Pending*> Writer::TakeBatch() {
  std::unique_lock<std::mutex> lock(mutex_);
  queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  std::vector<Pending*> batch;
  while (!queue_.empty() && batch.size() < kMostInBatch) {
    if (queue_.front()->removes && !batch.empty()) break;
    batch.push_back(queue_.front());
    queue_.pop_front();
    if (batch.back()->removes) break;
  }
  return batch;
}

void Writer::Loop() {
  for (;;) {
    const std::vector<Pending*> batch = TakeBatch();
    if (batch.empty()) return;
    const absl::Status status = RunBatch(batch);
    std::lock_guard<std::mutex> lock(mutex_);
    counts_.writes += static_cast<int64_t>(batch.size());
    if (status.ok()) ++counts_.commits;
    for (Pending* pending : batch) {
      if (!status.ok()) pending->status = status;
      pending->done = true;
      pending->answered.notify_one();
    }
  }
}

absl::Status Writer::Execute(const char* sql) { return Statement(session_->db(), sql).Run(); }

absl::Status Writer::RunBatch(const std::vector<Pending*>& batch) {
  Connection& db = session_->db();
  // Of no effect within a transaction.
  const bool removes = !batch.empty() && batch.front()->removes;
  absl::Status status = removes ? db.Execute("PRAGMA foreign_keys = OFF") : absl::OkStatus();
  if (status.ok()) status = Execute("BEGIN IMMEDIATE");
  for (Pending* pending : batch) {
    if (status.ok()) status = RunOne(*pending);
  }
  if (status.ok()) status = Execute("COMMIT");
  // The first error is the one to tell; SQLite may have rolled back on its own.
  if (!status.ok() && !db.AutoCommit()) (void)db.Execute("ROLLBACK");
  if (removes) status.Update(db.Execute("PRAGMA foreign_keys = ON"));
  return status;
}

absl::Status Writer::RunOne(Pending& pending) {
  Connection& db = session_->db();
  if (absl::Status status = Execute("SAVEPOINT one"); !status.ok()) return status;
  pending.status = pending.work(*session_);
  // A full disk or an I/O error can end the whole transaction, with what others wrote in it.
  if (db.AutoCommit()) return pending.status;
  if (!pending.status.ok()) {
    if (absl::Status status = Execute("ROLLBACK TO one"); !status.ok()) return status;
  }
  return Execute("RELEASE one");
}

}  // namespace ff::storage
