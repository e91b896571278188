#include "server/convert/experiment.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/convert/plan.h"
#include "server/convert/text.h"
#include "server/convert/time.h"

namespace ff::convert {
namespace {

constexpr char kStatePrefix[] = "EXPERIMENT_STATE_";

const Attempt* NewestAttempt(const Experiment& experiment) {
  if (experiment.current.has_value()) return &*experiment.current;
  const Attempt* newest = nullptr;
  for (const Attempt& attempt : experiment.attempts) {
    if (newest == nullptr || attempt.epoch > newest->epoch) newest = &attempt;
  }
  return newest;
}

// What a table of thousands of rows needs of a plan.
void Abridge(v1::Plan* plan) {
  v1::Plan kept;
  *kept.mutable_shape() = plan->shape();
  kept.set_parameters(plan->parameters());
  kept.set_tokens(plan->tokens());
  kept.set_flops(plan->flops());
  kept.set_steps(plan->steps());
  kept.set_batch_size(plan->batch_size());
  kept.set_learning_rate(plan->learning_rate());
  kept.set_seed(plan->seed());
  kept.set_mode(plan->mode());
  *plan = std::move(kept);
}

}  // namespace

v1::Failure ToProto(const Failure& failure) {
  v1::Failure proto;
  proto.set_kind(failure.kind);
  proto.set_message(ValidUtf8(failure.message));
  proto.set_exit_code(failure.exit_code);
  return proto;
}

Failure FromProto(const v1::Failure& failure) {
  return {failure.kind(), failure.message(), failure.exit_code()};
}

v1::Result ToProto(const Result& result) {
  v1::Result proto;
  proto.set_final_train_loss(result.final_train_loss);
  proto.set_final_val_loss(result.final_val_loss);
  proto.set_parameters(result.parameters);
  proto.set_tokens(result.tokens);
  proto.set_steps(result.steps);
  proto.set_flops(result.flops);
  proto.set_train_seconds(result.train_seconds);
  if (IsKnown(result.finished_at)) *proto.mutable_finished_at() = ToProto(result.finished_at);
  proto.set_imported(result.imported);
  proto.set_from_sweep(result.from_sweep);
  proto.set_code_version(result.code_version);
  return proto;
}

Result FromProto(const v1::Result& result) {
  Result domain;
  domain.final_train_loss = result.final_train_loss();
  domain.final_val_loss = result.final_val_loss();
  domain.parameters = result.parameters();
  domain.tokens = result.tokens();
  domain.steps = result.steps();
  domain.flops = result.flops();
  domain.train_seconds = result.train_seconds();
  if (result.has_finished_at()) domain.finished_at = FromProto(result.finished_at());
  domain.imported = result.imported();
  domain.from_sweep = result.from_sweep();
  domain.code_version = result.code_version();
  return domain;
}

v1::Measurement ToProto(const Measurement& measurement) {
  v1::Measurement proto;
  proto.set_kind(measurement.kind);
  proto.set_step(measurement.step);
  proto.set_tokens(measurement.tokens);
  proto.set_flops(measurement.flops);
  proto.set_loss(measurement.loss);
  proto.set_learning_rate(measurement.learning_rate);
  proto.set_grad_norm(measurement.grad_norm);
  proto.set_tokens_per_second(measurement.tokens_per_second);
  proto.set_seconds(measurement.seconds);
  proto.set_seq(measurement.seq);
  return proto;
}

Measurement FromProto(const v1::Measurement& measurement) {
  return {.kind = measurement.kind(),
          .step = measurement.step(),
          .tokens = measurement.tokens(),
          .flops = measurement.flops(),
          .loss = measurement.loss(),
          .learning_rate = measurement.learning_rate(),
          .grad_norm = measurement.grad_norm(),
          .tokens_per_second = measurement.tokens_per_second(),
          .seconds = measurement.seconds(),
          .seq = measurement.seq()};
}

v1::Attempt ToProto(const Attempt& attempt) {
  v1::Attempt proto;
  proto.set_id(attempt.id);
  proto.set_epoch(attempt.epoch);
  proto.set_worker_id(attempt.worker_id);
  proto.set_state(attempt.state);
  if (IsKnown(attempt.started_at)) *proto.mutable_started_at() = ToProto(attempt.started_at);
  if (IsKnown(attempt.ended_at)) *proto.mutable_ended_at() = ToProto(attempt.ended_at);
  if (attempt.failure.has_value()) *proto.mutable_failure() = ToProto(*attempt.failure);
  proto.set_resumed_from_step(attempt.resumed_from_step);
  proto.set_device_id(attempt.device_id);
  return proto;
}

v1::Event ToProto(const Event& event) {
  v1::Event proto;
  proto.set_seq(event.seq);
  if (IsKnown(event.time)) *proto.mutable_time() = ToProto(event.time);
  proto.set_sweep_id(event.sweep_id);
  proto.set_experiment_id(event.experiment_id);
  proto.set_attempt_id(event.attempt_id);
  proto.set_kind(event.kind);
  proto.set_message(ValidUtf8(event.message));
  return proto;
}

v1::Experiment ToProto(const Experiment& experiment) {
  v1::Experiment proto;
  proto.set_id(experiment.id);
  proto.set_sweep_id(experiment.sweep_id);
  proto.set_ordinal(experiment.ordinal);
  proto.set_budget_index(experiment.budget_index);
  proto.set_budget_flops(experiment.budget_flops);
  proto.set_target_parameters(experiment.target_parameters);
  *proto.mutable_plan() = ToProto(experiment.plan);
  proto.set_state(ToProto(experiment.state));
  if (experiment.result.has_value()) *proto.mutable_result() = ToProto(*experiment.result);
  if (experiment.failure.has_value()) *proto.mutable_failure() = ToProto(*experiment.failure);
  for (const Attempt& attempt : experiment.attempts) *proto.add_attempts() = ToProto(attempt);
  if (const Attempt* newest = NewestAttempt(experiment); newest != nullptr) {
    proto.set_step(newest->step);
    proto.set_last_loss(newest->last_loss);
    proto.set_tokens_per_second(newest->tokens_per_second);
    proto.set_worker_id(newest->worker_id);
  }
  if (experiment.checkpoint.has_value()) {
    proto.mutable_checkpoint()->set_step(experiment.checkpoint->step);
    proto.mutable_checkpoint()->set_files(experiment.checkpoint->files);
    proto.mutable_checkpoint()->set_bytes(experiment.checkpoint->bytes);
  }
  proto.set_home_worker(experiment.home_worker);
  return proto;
}

v1::ExperimentState ToProto(ExperimentState state) {
  return static_cast<v1::ExperimentState>(state);
}

absl::StatusOr<ExperimentState> FromProto(v1::ExperimentState state) {
  if (!v1::ExperimentState_IsValid(state) || state == v1::EXPERIMENT_STATE_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        absl::StrCat(static_cast<int>(state), " is not the number of an experiment state"));
  }
  return static_cast<ExperimentState>(state);
}

absl::StatusOr<ExperimentState> ParseExperimentState(const std::string& word) {
  const std::string upper = absl::AsciiStrToUpper(word);
  v1::ExperimentState state = v1::EXPERIMENT_STATE_UNSPECIFIED;
  if ((v1::ExperimentState_Parse(upper, &state) ||
       v1::ExperimentState_Parse(kStatePrefix + upper, &state)) &&
      state != v1::EXPERIMENT_STATE_UNSPECIFIED) {
    return static_cast<ExperimentState>(state);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", word,
                   "' is not an experiment state; the states are waiting, leased, "
                   "running, finished, failed and cancelled"));
}

v1::ListExperimentsResponse ToProto(const coordinator::ExperimentPage& page, bool brief) {
  v1::ListExperimentsResponse proto;
  for (const Experiment& experiment : page.experiments) {
    *proto.add_experiments() = ToProto(experiment);
    if (brief) Abridge(proto.mutable_experiments()->rbegin()->mutable_plan());
  }
  proto.set_total(page.total);
  return proto;
}

v1::RetryExperimentResponse ToProto(const std::vector<Experiment>& experiments) {
  v1::RetryExperimentResponse proto;
  for (const Experiment& experiment : experiments) *proto.add_experiments() = ToProto(experiment);
  return proto;
}

v1::ListMeasurementsResponse ToProto(const coordinator::MeasurementPage& page) {
  v1::ListMeasurementsResponse proto;
  for (const Measurement& measurement : page.measurements) {
    *proto.add_measurements() = ToProto(measurement);
  }
  proto.set_last_seq(page.last_seq);
  return proto;
}

v1::GetLogsResponse ToProto(const coordinator::Logs& logs) {
  v1::GetLogsResponse proto;
  proto.set_attempt_id(logs.attempt_id);
  proto.set_text(ValidUtf8(logs.text));
  proto.set_end_byte(logs.end_byte);
  proto.set_ended(logs.ended);
  return proto;
}

coordinator::LogQuery FromProto(const v1::GetLogsRequest& request) {
  coordinator::LogQuery query{request.attempt_id(), request.from_byte()};
  if (request.has_since()) query.since = FromProto(request.since());
  return query;
}

absl::StatusOr<coordinator::ExperimentQuery> FromProto(const v1::ListExperimentsRequest& request) {
  coordinator::ExperimentQuery query{
      {}, request.limit(), request.offset(), request.filter(), request.sort()};
  for (int number : request.states()) {
    const auto state = FromProto(static_cast<v1::ExperimentState>(number));
    if (!state.ok()) return state.status();
    query.states.push_back(*state);
  }
  return query;
}

coordinator::CurveRequest FromProto(const v1::ListCurvesRequest& request) {
  coordinator::CurveRequest domain;
  domain.experiments = {request.experiments().begin(), request.experiments().end()};
  domain.which = {{}, request.limit(), request.offset(), request.filter(), request.sort()};
  domain.x_axis = request.x();
  domain.kind = request.kind();
  domain.points = request.points();
  domain.from_step = request.from_step();
  domain.to_step = request.to_step();
  domain.after_seq = request.after_seq();
  return domain;
}

v1::ListCurvesResponse ToProto(const coordinator::CurvePage& page) {
  v1::ListCurvesResponse proto;
  for (const coordinator::Curve& curve : page.curves) {
    v1::Curve* one = proto.add_curves();
    one->set_experiment_id(curve.experiment_id);
    one->set_budget_flops(curve.budget_flops);
    one->set_parameters(curve.parameters);
    one->set_state(ToProto(curve.state));
    one->mutable_x()->Assign(curve.x.begin(), curve.x.end());
    one->mutable_loss()->Assign(curve.loss.begin(), curve.loss.end());
    one->mutable_step()->Assign(curve.step.begin(), curve.step.end());
  }
  proto.set_total(page.total);
  proto.set_last_seq(page.last_seq);
  return proto;
}

v1::ListAttemptsResponse ToProto(const std::vector<coordinator::TimelineEntry>& entries) {
  v1::ListAttemptsResponse proto;
  for (const coordinator::TimelineEntry& entry : entries) {
    v1::Attempt* one = proto.add_attempts();
    *one = ToProto(entry.attempt);
    one->set_experiment_id(entry.attempt.experiment_id);
    one->set_budget_flops(entry.budget_flops);
    one->set_parameters(entry.parameters);
  }
  return proto;
}

v1::SystemSample ToProto(const SystemSample& sample) {
  v1::SystemSample proto;
  proto.set_attempt_id(sample.attempt_id);
  if (IsKnown(sample.time)) *proto.mutable_time() = ToProto(sample.time);
  proto.set_device_id(sample.device_id);
  proto.set_memory_bytes(sample.memory_bytes);
  proto.set_temperature_celsius(sample.temperature_celsius);
  proto.set_utilization(sample.utilization);
  proto.set_tokens_per_second(sample.tokens_per_second);
  return proto;
}

v1::ListSystemSamplesResponse ToProto(const std::vector<SystemSample>& samples) {
  v1::ListSystemSamplesResponse proto;
  for (const SystemSample& sample : samples) *proto.add_samples() = ToProto(sample);
  return proto;
}

v1::ListEventsResponse ToProto(const std::vector<Event>& events) {
  v1::ListEventsResponse proto;
  for (const Event& event : events) *proto.add_events() = ToProto(event);
  return proto;
}

}  // namespace ff::convert
