#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<std::vector<SystemSample>> Coordinator::ListSystemSamples(
    const std::string& sweep, const std::string& experiment, absl::Time since) {
  std::vector<SystemSample> samples;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
    FF_TRY_ASSIGN(samples, view.ListSystemSamples(facts.sweep_id, facts.id, since));
    return absl::OkStatus();
  }));
  return samples;
}

}  // namespace ff::coordinator
