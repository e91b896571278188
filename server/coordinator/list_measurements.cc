#include <algorithm>
#include <utility>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/downsample.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<MeasurementPage> Coordinator::ListMeasurements(const std::string& sweep,
                                                              const std::string& experiment,
                                                              int64_t after_seq, int max_points) {
  MeasurementPage page;
  page.last_seq = after_seq;
  int64_t steps = 0;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
    FF_TRY_ASSIGN(page.measurements, view.ListMeasurements(facts.sweep_id, facts.id, after_seq));
    if (max_points <= 0 || page.measurements.empty()) return absl::OkStatus();
    FF_TRY_ASSIGN(const Experiment experiment, view.GetExperiment(facts.sweep_id, facts.id));
    steps = experiment.plan.steps;
    return absl::OkStatus();
  }));
  for (const Measurement& m : page.measurements) page.last_seq = std::max(page.last_seq, m.seq);
  page.measurements = Downsample(std::move(page.measurements), steps, max_points);
  return page;
}

}  // namespace ff::coordinator
