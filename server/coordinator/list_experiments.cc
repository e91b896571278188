#include "absl/strings/ascii.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/experiment_query.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/filter/experiment_fields.h"
#include "server/filter/parse.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<storage::ExperimentFilter> FilterOf(const std::string& sweep_id,
                                                   const ExperimentQuery& query) {
  if (query.limit < 0 || query.offset < 0) {
    return absl::InvalidArgumentError("limit and offset must not be negative");
  }
  storage::ExperimentFilter filter{sweep_id, query.states, query.limit, query.offset};
  if (!absl::StripAsciiWhitespace(query.filter).empty()) {
    FF_TRY_ASSIGN(filter.where, filter::Parse(query.filter, filter::ExperimentFields()));
  }
  if (!query.sort.empty()) {
    FF_TRY_ASSIGN(const filter::Order order,
                  filter::ParseOrder(query.sort, filter::ExperimentFields()));
    filter.order_by = order.field;
    filter.down = order.down;
  }
  return filter;
}

absl::StatusOr<ExperimentPage> Coordinator::ListExperiments(const std::string& sweep,
                                                            const ExperimentQuery& query) {
  ExperimentPage page;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(const storage::ExperimentFilter filter, FilterOf(id, query));
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
    found.home_worker = facts.home_worker;
    FF_TRY_ASSIGN(const auto stored, view.GetStoredCheckpoint(facts.sweep_id, facts.id));
    if (!stored.has_value()) return absl::OkStatus();
    found.checkpoint = CheckpointSummary{stored->step, 0, static_cast<int>(stored->files.size())};
    for (const StoredFile& file : stored->files) found.checkpoint->bytes += file.bytes;
    return absl::OkStatus();
  }));
  return found;
}

}  // namespace ff::coordinator
