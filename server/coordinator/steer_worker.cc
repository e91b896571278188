// Drain and uncordon: the same load, decide, save with another word.
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/load_snapshot.h"
#include "server/coordinator/save_decision.h"
#include "server/coordinator/try.h"
#include "server/scheduler/scheduler.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

absl::StatusOr<std::string> ResolveWorker(storage::View& view, const std::string& text) {
  if (text.empty()) return absl::InvalidArgumentError("name a worker: `ffctl worker list`");
  FF_TRY_ASSIGN(const std::vector<Worker> workers, view.ListWorkers());
  std::vector<std::string> fitting;
  for (const Worker& worker : workers) {
    if (worker.id == text) return text;
    if (worker.name == text || absl::StartsWith(worker.id, text)) fitting.push_back(worker.id);
  }
  if (fitting.size() == 1) return fitting[0];
  if (fitting.empty()) {
    return absl::NotFoundError(
        absl::StrCat("no worker ", text, "; `ffctl worker list` shows those there are"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(text, " fits more than one worker: ", absl::StrJoin(fitting, ", ")));
}

}  // namespace

absl::StatusOr<Worker> Coordinator::SteerWorker(
    const std::string& worker, const std::string& by,
    const std::function<absl::StatusOr<scheduler::Event>(storage::View&, const std::string& id)>&
        event) {
  const absl::Time now = clock_();
  std::string id;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(id, ResolveWorker(tx, worker));
    FF_TRY_ASSIGN(const scheduler::Event what, event(tx, id));
    SnapshotLoader loader(tx, Rules());
    FF_TRY(loader.AddHealth(id));
    DecisionSaver saver(tx, now, by);
    return saver.Save(scheduler::Decide(loader.snapshot(), what, now));
  }));
  return GetWorker(id);
}

absl::StatusOr<Worker> Coordinator::GetWorker(const std::string& id) {
  FF_TRY_ASSIGN(std::vector<Worker> workers, ListWorkers());
  for (Worker& one : workers) {
    if (one.id == id) return std::move(one);
  }
  return absl::InternalError(absl::StrCat("worker ", id, " is gone"));
}

absl::StatusOr<Worker> Coordinator::DrainWorker(const std::string& worker, absl::Duration patience,
                                                const std::string& by) {
  const absl::Time until = clock_() + patience;
  return SteerWorker(worker, by, [&](storage::View&, const std::string& id) {
    return scheduler::Event(scheduler::UserDrains{id, until});
  });
}

absl::StatusOr<Worker> Coordinator::QuarantineWorker(const std::string& worker,
                                                     const std::string& device,
                                                     const std::string& by) {
  const absl::Time now = clock_();
  std::string id;
  FF_TRY(store_->Write([&](storage::Transaction& tx) -> absl::Status {
    FF_TRY_ASSIGN(id, ResolveWorker(tx, worker));
    FF_TRY_ASSIGN(const Worker facts, tx.GetWorker(id));
    std::vector<std::string> known;
    for (const Device& one : facts.devices) known.push_back(one.id);
    if (!device.empty() && std::find(known.begin(), known.end(), device) == known.end()) {
      return absl::InvalidArgumentError(absl::StrCat("worker ", id, " has no device ", device,
                                                     "; it has ", absl::StrJoin(known, ", ")));
    }
    Health health;
    health.device_id = device;
    health.cordoned = WithAuthor("quarantined", by);
    FF_TRY(tx.PutHealth(id, health));
    return tx.AddEvent({0, now, "", "", 0, "worker_quarantined",
                        absl::StrCat("worker ", id, device.empty() ? "" : ", device ", device, ": ",
                                     health.cordoned)});
  }));
  return GetWorker(id);
}

absl::StatusOr<Worker> Coordinator::UncordonWorker(const std::string& worker,
                                                   const std::string& device,
                                                   const std::string& by) {
  return SteerWorker(
      worker, by,
      [&](storage::View& view, const std::string& id) -> absl::StatusOr<scheduler::Event> {
        FF_TRY_ASSIGN(const auto health, view.ListHealth(id));
        bool any = false;
        for (const auto& [owner, one] : health) {
          any = any || (!one.cordoned.empty() && (device.empty() || device == one.device_id));
        }
        if (!any) {
          return absl::FailedPreconditionError(
              absl::StrCat("worker ", id, device.empty() ? "" : ", device ", device,
                           " is not cordoned: there is nothing to undo"));
        }
        return scheduler::Event(scheduler::UserUncordons{id, device});
      });
}

}  // namespace ff::coordinator
