#include <algorithm>
#include <map>
#include <utility>

#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/thin.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

std::vector<Measurement> Thin(std::vector<Measurement> all, int max_points) {
  std::map<std::string, std::vector<Measurement>> kinds;
  for (Measurement& m : all) kinds[m.kind].push_back(std::move(m));
  std::vector<Measurement> kept;
  for (auto& [kind, points] : kinds) {
    std::sort(points.begin(), points.end(),
              [](const Measurement& a, const Measurement& b) { return a.step < b.step; });
    const size_t n = points.size();
    const size_t wanted = max_points <= 0 ? n : std::min(n, static_cast<size_t>(max_points));
    for (size_t i = 0; i < wanted; ++i) {
      // From the first to the last, both included.
      const size_t at = wanted == 1 ? n - 1 : i * (n - 1) / (wanted - 1);
      kept.push_back(points[at]);
    }
  }
  return kept;
}

absl::StatusOr<MeasurementPage> Coordinator::ListMeasurements(const std::string& sweep,
                                                              const std::string& experiment,
                                                              int64_t after_seq, int max_points) {
  MeasurementPage page;
  page.last_seq = after_seq;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const auto facts, ResolveExperiment(view, sweep, experiment));
    FF_TRY_ASSIGN(page.measurements, view.ListMeasurements(facts.sweep_id, facts.id, after_seq));
    return absl::OkStatus();
  }));
  for (const Measurement& m : page.measurements) page.last_seq = std::max(page.last_seq, m.seq);
  page.measurements = Thin(std::move(page.measurements), max_points);
  return page;
}

}  // namespace ff::coordinator
