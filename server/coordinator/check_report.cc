#include "server/coordinator/check_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::coordinator {
namespace {

bool Known(const std::string& state) {
  return state == "starting" || state == "running" || state == "finished" || state == "failed" ||
         state == "stopped";
}

void Demote(AttemptReport* report, const std::string& kind, const std::string& message) {
  report->state = "failed";
  report->failure = Failure{kind, message};
  report->result.reset();
}

void CheckFinished(AttemptReport* report) {
  if (report->state != "finished") return;
  if (!report->result.has_value()) {
    Demote(report, "internal", "the worker reported it as finished without a result");
  } else if (!std::isfinite(report->result->final_train_loss) ||
             std::isinf(report->result->final_val_loss)) {
    Demote(report, "diverged", "the final loss is not a finite number");
  }
}

// Names and hashes become files' names on other workers.
absl::Status CheckStored(const StoredCheckpoint& checkpoint) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  for (const StoredFile& file : checkpoint.files) {
    const bool plain = !file.name.empty() && file.name[0] != '.' && file.name.size() <= 255 &&
                       file.name.find('/') == std::string::npos &&
                       file.name.find('\0') == std::string::npos;
    const bool hash =
        file.sha256.size() == 64 && std::all_of(file.sha256.begin(), file.sha256.end(), is_hex);
    if (plain && hash && file.bytes >= 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("a stored checkpoint's file '", file.name,
                                                   "' needs a plain name and a SHA-256"));
  }
  return absl::OkStatus();
}

// A worker that does not say where its free slots are: on its devices, in order.
void PlaceFreeSlots(WorkerReport* report) {
  for (const Device& device : report->worker.devices) {
    if (device.free_slots > 0) return;
  }
  int left = report->free_slots;
  for (Device& device : report->worker.devices) {
    device.free_slots = std::min(left, std::max(device.slots, 1));
    device.free_memory_bytes = device.memory_bytes;
    left -= device.free_slots;
  }
}

}  // namespace

absl::StatusOr<WorkerReport> CheckReport(const WorkerReport& report) {
  if (report.worker.id.empty() || report.worker.incarnation.empty()) {
    return absl::InvalidArgumentError("worker_id and incarnation must not be empty");
  }
  WorkerReport checked = report;
  std::map<int64_t, AttemptReport> last;
  for (AttemptReport& attempt : checked.attempts) {
    if (!Known(attempt.state)) {
      return absl::InvalidArgumentError(
          absl::StrCat("attempt ", attempt.attempt_id, " has the unknown state '", attempt.state,
                       "'; there are starting, running, finished, failed, stopped"));
    }
    if (attempt.stored_checkpoint.has_value()) {
      const absl::Status stored = CheckStored(*attempt.stored_checkpoint);
      if (!stored.ok()) return stored;
    }
    CheckFinished(&attempt);
    last[attempt.attempt_id] = std::move(attempt);
  }
  checked.attempts.clear();
  for (auto& [id, attempt] : last) checked.attempts.push_back(std::move(attempt));
  checked.free_slots = checked.worker.draining ? 0 : std::max(checked.free_slots, 0);
  PlaceFreeSlots(&checked);
  return checked;
}

scheduler::WorkerCalls EventOf(const WorkerReport& report) {
  scheduler::WorkerCalls call{
      report.worker.id, report.worker.incarnation, report.free_slots, {}, report.worker.devices};
  for (const AttemptReport& attempt : report.attempts) {
    call.reports.push_back({attempt.attempt_id, attempt.epoch, attempt.state, attempt.failure,
                            attempt.checkpoint_step, attempt.step > attempt.resumed_from_step,
                            attempt.stored_checkpoint.has_value()});
  }
  return call;
}

}  // namespace ff::coordinator
