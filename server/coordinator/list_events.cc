#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<std::vector<Event>> Coordinator::ListEvents(const std::string& sweep,
                                                           const std::string& experiment,
                                                           const EventQuery& query) {
  std::vector<Event> events;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    storage::EventFilter filter{
        "", "", query.after_seq, query.limit, query.newest_first, query.sweep_only};
    if (!experiment.empty()) {
      FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
      filter.sweep_id = facts.sweep_id;
      filter.experiment_id = facts.id;
    } else if (!sweep.empty()) {
      FF_TRY_ASSIGN(filter.sweep_id, ResolveSweep(view, sweep));
    }
    FF_TRY_ASSIGN(events, view.ListEvents(filter));
    return absl::OkStatus();
  }));
  return events;
}

}  // namespace ff::coordinator
