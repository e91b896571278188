#include "server/convert/sweep.h"

#include "server/convert/experiment.h"
#include "server/convert/sweep_spec.h"
#include "server/convert/time.h"

namespace ff::convert {
namespace {

v1::Sweep Summary(const Sweep& sweep) {
  v1::Sweep proto;
  proto.set_id(sweep.id);
  proto.set_name(sweep.name);
  proto.set_state(static_cast<v1::SweepState>(sweep.state));
  if (IsKnown(sweep.created_at)) *proto.mutable_created_at() = ToProto(sweep.created_at);
  if (IsKnown(sweep.finished_at)) *proto.mutable_finished_at() = ToProto(sweep.finished_at);
  *proto.mutable_counts() = ToProto(sweep.counts);
  proto.set_total_flops(sweep.total_flops);
  proto.set_done_flops(sweep.done_flops);
  proto.set_eta_seconds(sweep.eta_seconds);
  proto.set_flops_per_second(sweep.flops_per_second);
  proto.set_slot_seconds_spent(sweep.slot_seconds_spent);
  proto.set_slot_seconds_left(sweep.slot_seconds_left);
  proto.set_gpu_seconds_spent(sweep.gpu_seconds_spent);
  proto.set_gpu_seconds_left(sweep.gpu_seconds_left);
  proto.set_version(sweep.version);
  for (const BudgetProgress& budget : sweep.budgets) *proto.add_budgets() = ToProto(budget);
  proto.set_imported(sweep.imported);
  proto.set_fitting(sweep.fitting);
  *proto.mutable_scheduling() = ToProto(sweep.scheduling);
  proto.set_no_cache(sweep.no_cache);
  proto.set_waiting_reason(sweep.waiting_reason);
  return proto;
}

void AddCosts(const coordinator::SweepPreview& preview, v1::SweepPreview* proto) {
  if (!preview.prior.origin.empty()) {
    proto->mutable_prior()->set_coefficient(preview.prior.coefficient);
    proto->mutable_prior()->set_exponent(preview.prior.exponent);
    proto->mutable_prior()->set_origin(preview.prior.origin);
  }
  for (const auto& [count, flops] : preview.flop_totals) {
    v1::FlopTotal* total = proto->add_flop_totals();
    total->set_flop_count(count);
    total->set_flops(flops);
  }
  for (size_t i = 0; i < preview.costs.size(); ++i) {
    v1::ExperimentCost* cost = proto->add_costs();
    cost->set_experiment_id(preview.costs[i].experiment_id);
    cost->set_seconds(preview.costs[i].seconds);
    cost->set_checkpoint_bytes(preview.costs[i].checkpoint_bytes);
    for (const auto& term : preview.costs[i].terms) {
      v1::FlopTerm* line = cost->add_terms();
      line->set_name(term.name);
      line->set_forward(term.forward);
      line->set_training(term.training);
      line->set_matrix_product(term.matrix_product);
    }
  }
}

}  // namespace

v1::StateCounts ToProto(const StateCounts& counts) {
  v1::StateCounts proto;
  proto.set_waiting(counts.waiting);
  proto.set_leased(counts.leased);
  proto.set_running(counts.running);
  proto.set_finished(counts.finished);
  proto.set_failed(counts.failed);
  proto.set_cancelled(counts.cancelled);
  proto.set_total(counts.Total());
  return proto;
}

v1::BudgetProgress ToProto(const BudgetProgress& progress) {
  v1::BudgetProgress proto;
  proto.set_budget_index(progress.budget_index);
  proto.set_budget_flops(progress.budget_flops);
  *proto.mutable_counts() = ToProto(progress.counts);
  proto.set_best_loss(progress.best_loss);
  proto.set_best_parameters(progress.best_parameters);
  return proto;
}

v1::Scheduling ToProto(const SchedulingSpec& scheduling) {
  v1::Scheduling proto;
  proto.set_priority(scheduling.priority);
  proto.set_weight(scheduling.weight);
  proto.set_max_running(scheduling.max_running);
  *proto.mutable_labels() = {scheduling.labels.begin(), scheduling.labels.end()};
  return proto;
}

coordinator::SchedulingChange FromProto(const v1::UpdateSweepRequest& request) {
  coordinator::SchedulingChange change;
  if (request.has_priority()) change.priority = request.priority();
  if (request.has_weight()) change.weight = request.weight();
  if (request.has_max_running()) change.max_running = request.max_running();
  return change;
}

v1::DroppedCell ToProto(const DroppedCell& cell) {
  v1::DroppedCell proto;
  proto.set_budget_flops(cell.budget_flops);
  proto.set_target_parameters(cell.target_parameters);
  proto.set_reason(cell.reason);
  return proto;
}

absl::StatusOr<v1::Sweep> ToProto(const Sweep& sweep) {
  v1::Sweep proto = Summary(sweep);
  if (!sweep.spec_source.empty()) {
    absl::StatusOr<v1::SweepSpec> spec = ParseSpecSource(sweep.spec_source);
    if (!spec.ok()) return spec.status();
    *proto.mutable_spec() = *std::move(spec);
  }
  for (const DroppedCell& cell : sweep.dropped) *proto.add_dropped() = ToProto(cell);
  return proto;
}

v1::ListSweepsResponse ToProto(const coordinator::SweepPage& page) {
  v1::ListSweepsResponse proto;
  for (const Sweep& sweep : page.sweeps) *proto.add_sweeps() = Summary(sweep);
  proto.set_total(page.total);
  return proto;
}

v1::SweepPreview ToProto(const coordinator::SweepPreview& preview) {
  v1::SweepPreview proto;
  for (const Experiment& experiment : preview.experiments) {
    *proto.add_experiments() = ToProto(experiment);
  }
  for (const DroppedCell& cell : preview.dropped) *proto.add_dropped() = ToProto(cell);
  proto.set_total_flops(preview.total_flops);
  proto.set_estimated_seconds(preview.estimated_seconds);
  proto.set_flops_per_second(preview.flops_per_second);
  proto.set_throughput_measured(preview.throughput_measured);
  proto.set_slots(preview.slots);
  proto.set_peak_memory_bytes(preview.peak_memory_bytes);
  proto.set_sweep_id(preview.sweep_id);
  proto.set_exists(preview.exists);
  proto.set_cached(preview.cached);
  proto.set_tokens_needed(preview.tokens_needed);
  proto.set_slot_seconds(preview.slot_seconds);
  proto.set_disk_bytes(preview.disk_bytes);
  proto.set_device_memory_bytes(preview.device_memory_bytes);
  proto.set_throughput_source(preview.throughput_source);
  proto.set_device_kind(preview.device_kind);
  proto.set_flop_count(preview.flop_count);
  *proto.mutable_notes() = {preview.notes.begin(), preview.notes.end()};
  AddCosts(preview, &proto);
  return proto;
}

v1::NextPlan ToProto(const coordinator::NextPlan& next, v1::SweepSpec spec) {
  v1::NextPlan proto;
  proto.set_sweep_id(next.sweep_id);
  proto.set_target_flops(next.target_flops);
  proto.set_goal(next.goal);
  proto.set_law(next.law);
  proto.set_interval_before(next.interval_before);
  proto.set_interval_after(next.interval_after);
  proto.set_total_flops(next.total_flops);
  *proto.mutable_notes() = {next.notes.begin(), next.notes.end()};
  for (const coordinator::NextExperiment& one : next.experiments) {
    v1::NextExperiment* line = proto.add_experiments();
    *line->mutable_experiment() = ToProto(one.experiment);
    line->set_reason(one.reason);
    line->set_interval_before(one.interval_before);
    line->set_interval_after(one.interval_after);
    line->set_shrinkage(one.shrinkage);
    spec.mutable_planner()->mutable_compute()->add_extra_cells(one.cell);
  }
  *proto.mutable_spec() = std::move(spec);
  return proto;
}

coordinator::NextOptions FromProto(const v1::PlanNextRequest& request) {
  return {.target_flops = request.target_flops(),
          .count = request.count(),
          .goal = request.goal(),
          .cost_power = request.cost_power(),
          .max_flops = request.max_flops()};
}

absl::StatusOr<v1::CreateSweepResponse> ToProto(const coordinator::CreateSweepOutcome& outcome) {
  absl::StatusOr<v1::Sweep> sweep = ToProto(outcome.sweep);
  if (!sweep.ok()) return sweep.status();
  v1::CreateSweepResponse proto;
  *proto.mutable_sweep() = *std::move(sweep);
  proto.set_created(outcome.created);
  return proto;
}

absl::StatusOr<v1::ImportSweepResponse> ToProto(const coordinator::ImportOutcome& outcome) {
  absl::StatusOr<v1::Sweep> sweep = ToProto(outcome.sweep);
  if (!sweep.ok()) return sweep.status();
  v1::ImportSweepResponse proto;
  *proto.mutable_sweep() = *std::move(sweep);
  for (const std::string& warning : outcome.warnings) proto.add_warnings(warning);
  return proto;
}

v1::Deletion ToProto(const coordinator::Deletion& deletion) {
  v1::Deletion proto;
  proto.set_sweep_id(deletion.sweep_id);
  proto.set_sweep_name(deletion.sweep_name);
  proto.set_experiment_id(deletion.experiment_id);
  proto.set_experiments(deletion.experiments);
  proto.set_results(deletion.results);
  proto.set_attempts(deletion.attempts);
  proto.set_measurements(deletion.measurements);
  proto.set_done(deletion.done);
  return proto;
}

v1::ExportSweepResponse ToProto(const coordinator::Export& exported) {
  v1::ExportSweepResponse proto;
  proto.set_content(exported.content);
  proto.set_media_type(exported.media_type);
  return proto;
}

}  // namespace ff::convert
