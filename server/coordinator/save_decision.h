// Writes a decision of the scheduler and the events it means into a transaction.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/domain/worker.h"
#include "server/scheduler/change.h"
#include "server/storage/store.h"

namespace ff::coordinator {

// "message, by the dashboard: too slow"; `by` may be empty, and is cut at 500 bytes.
std::string WithAuthor(const std::string& message, const std::string& by);

class DecisionSaver {
 public:
  // `report`: a worker's, where its call is what was decided on; it outlives the saver.
  DecisionSaver(storage::Transaction& tx, absl::Time now, const WorkerReport* report = nullptr)
      : tx_(tx), now_(now), report_(report) {}
  // `by`: who asked for what was decided, for its events.
  DecisionSaver(storage::Transaction& tx, absl::Time now, std::string by)
      : tx_(tx), now_(now), report_(nullptr), by_(std::move(by)) {}

  absl::Status Save(const scheduler::Decision& decision);

 private:
  absl::Status Apply(const scheduler::Grant& grant);
  absl::Status Apply(const scheduler::Renew& renew);
  absl::Status Apply(const scheduler::EndAttempt& end);
  absl::Status Apply(const scheduler::SetExperiment& set);
  absl::Status Apply(const scheduler::KeepResult& keep);
  absl::Status Apply(const scheduler::SetSweep& set);
  absl::Status Apply(const scheduler::SetHealth& set);

  // Measurements, log and progress of an attempt whose report counts.
  absl::Status KeepTelemetry(const AttemptReport& report);
  // Waiting experiments of the same id in other sweeps take the result over.
  absl::Status ShareResult(const std::string& sweep_id, const std::string& id,
                           const Result& result);
  // Where a sweep is over its checkpoints are of no use any more.
  absl::Status FinishIfOver(const std::string& sweep_id);
  absl::Status Tell(const std::string& sweep_id, const std::string& experiment_id,
                    int64_t attempt_id, const std::string& kind, const std::string& message);
  const AttemptReport* ReportOf(int64_t attempt_id) const;

  storage::Transaction& tx_;
  const absl::Time now_;
  const WorkerReport* const report_;
  const std::string by_;
};

}  // namespace ff::coordinator
