#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<ExperimentPage> Coordinator::ListExperiments(
    const std::string& sweep, const std::vector<ExperimentState>& states, int limit, int offset) {
  if (limit < 0 || offset < 0) {
    return absl::InvalidArgumentError("limit and offset must not be negative");
  }
  ExperimentPage page;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    const storage::ExperimentFilter filter{id, states, limit, offset};
    FF_TRY_ASSIGN(page.experiments, view.ListExperiments(filter));
    FF_TRY_ASSIGN(page.total, view.CountExperiments(filter));
    return absl::OkStatus();
  }));
  return page;
}

absl::StatusOr<Experiment> Coordinator::GetExperiment(const std::string& sweep,
                                                      const std::string& experiment) {
  Experiment found;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
    FF_TRY_ASSIGN(found, view.GetExperiment(facts.sweep_id, facts.id));
    FF_TRY_ASSIGN(found.attempts, view.ListAttempts(facts.sweep_id, facts.id));
    return absl::OkStatus();
  }));
  return found;
}

}  // namespace ff::coordinator
