#include "server/convert/worker.h"

#include "absl/strings/str_cat.h"
#include "server/convert/experiment.h"
#include "server/convert/plan.h"
#include "server/convert/time.h"

namespace ff::convert {
namespace {

absl::Status Check(const v1::AttemptReport& report) {
  const std::string& state = report.state();
  const std::string who = absl::StrCat("report on attempt ", report.attempt_id());
  if (state != "starting" && state != "running" && state != "finished" && state != "failed" &&
      state != "stopped") {
    return absl::InvalidArgumentError(absl::StrCat(
        who, ": state '", state, "' is not one of starting, running, finished, failed, stopped"));
  }
  if (state == "finished" && !report.has_result()) {
    return absl::InvalidArgumentError(absl::StrCat(who, ": finished without a result"));
  }
  if (state == "failed" && !report.has_failure()) {
    return absl::InvalidArgumentError(absl::StrCat(who, ": failed without a failure"));
  }
  for (const v1::Measurement& measurement : report.measurements()) {
    if (measurement.kind() != "train" && measurement.kind() != "eval") {
      return absl::InvalidArgumentError(absl::StrCat(
          who, ": measurement kind '", measurement.kind(), "' is neither train nor eval"));
    }
  }
  return absl::OkStatus();
}

AttemptReport FromProto(const v1::AttemptReport& report) {
  AttemptReport domain;
  domain.attempt_id = report.attempt_id();
  domain.epoch = report.epoch();
  domain.state = report.state();
  domain.step = report.step();
  domain.resumed_from_step = report.resumed_from_step();
  domain.checkpoint_step = report.checkpoint_step();
  domain.tokens_per_second = report.tokens_per_second();
  for (const v1::Measurement& measurement : report.measurements()) {
    domain.measurements.push_back(convert::FromProto(measurement));
  }
  if (report.has_result()) domain.result = convert::FromProto(report.result());
  if (report.has_failure()) domain.failure = convert::FromProto(report.failure());
  domain.log = report.log();
  domain.device_id = report.device_id();
  if (report.has_stored_checkpoint()) {
    domain.stored_checkpoint = convert::FromProto(report.stored_checkpoint());
  }
  domain.memory_bytes = report.memory_bytes();
  domain.utilization = report.utilization();
  return domain;
}

}  // namespace

v1::Device ToProto(const Device& device) {
  v1::Device proto;
  proto.set_id(device.id);
  proto.set_kind(device.kind);
  proto.set_name(device.name);
  proto.set_memory_bytes(device.memory_bytes);
  proto.set_slots(device.slots);
  proto.set_free_slots(device.free_slots);
  proto.set_free_memory_bytes(device.free_memory_bytes);
  proto.set_fault(device.fault);
  proto.set_cordoned(device.cordoned);
  proto.set_temperature_celsius(device.temperature_celsius);
  proto.set_utilization(device.utilization);
  return proto;
}

v1::StoredCheckpoint ToProto(const StoredCheckpoint& checkpoint) {
  v1::StoredCheckpoint proto;
  proto.set_step(checkpoint.step);
  for (const StoredFile& file : checkpoint.files) {
    v1::StoredFile* one = proto.add_files();
    one->set_name(file.name);
    one->set_sha256(file.sha256);
    one->set_bytes(file.bytes);
  }
  return proto;
}

StoredCheckpoint FromProto(const v1::StoredCheckpoint& checkpoint) {
  StoredCheckpoint domain{.step = checkpoint.step(), .files = {}};
  for (const v1::StoredFile& file : checkpoint.files()) {
    domain.files.push_back({file.name(), file.sha256(), file.bytes()});
  }
  return domain;
}

Device FromProto(const v1::Device& device) {
  return {.id = device.id(),
          .kind = device.kind(),
          .name = device.name(),
          .memory_bytes = device.memory_bytes(),
          .slots = device.slots(),
          .free_slots = device.free_slots(),
          .free_memory_bytes = device.free_memory_bytes(),
          .fault = device.fault(),
          .cordoned = device.cordoned(),
          .temperature_celsius = device.temperature_celsius(),
          .utilization = device.utilization()};
}

absl::StatusOr<WorkerReport> FromProto(const v1::SynchronizeRequest& request) {
  if (request.worker_id().empty()) {
    return absl::InvalidArgumentError("a worker's report needs worker_id");
  }
  WorkerReport report;
  report.worker.id = request.worker_id();
  report.worker.incarnation = request.incarnation();
  report.worker.name = request.name();
  report.worker.host = request.host();
  report.worker.pid = request.pid();
  report.worker.version = request.version();
  for (const v1::Device& device : request.devices()) {
    report.worker.devices.push_back(FromProto(device));
  }
  report.worker.labels = {request.labels().begin(), request.labels().end()};
  report.worker.modes = {request.modes().begin(), request.modes().end()};
  report.worker.draining = request.draining();
  report.free_slots = request.free_slots();
  for (const v1::AttemptReport& attempt : request.attempts()) {
    if (absl::Status status = Check(attempt); !status.ok()) return status;
    report.attempts.push_back(FromProto(attempt));
  }
  return report;
}

v1::Lease ToProto(const Lease& lease) {
  v1::Lease proto;
  proto.set_attempt_id(lease.attempt_id);
  proto.set_epoch(lease.epoch);
  proto.set_sweep_id(lease.sweep_id);
  proto.set_experiment_id(lease.experiment_id);
  if (lease.plan != Plan()) *proto.mutable_plan() = ToProto(lease.plan);
  if (IsKnown(lease.deadline)) *proto.mutable_deadline() = ToProto(lease.deadline);
  proto.set_device_id(lease.device_id);
  if (lease.stored_checkpoint.has_value()) {
    *proto.mutable_stored_checkpoint() = ToProto(*lease.stored_checkpoint);
  }
  proto.set_trace_id(lease.trace_id);
  return proto;
}

v1::SynchronizeResponse ToProto(const WorkerOrders& orders) {
  v1::SynchronizeResponse proto;
  for (const Lease& lease : orders.leases) *proto.add_leases() = ToProto(lease);
  for (int64_t attempt : orders.settled_attempts) proto.add_settled_attempts(attempt);
  proto.set_next_sync_seconds(absl::ToDoubleSeconds(orders.next_sync));
  proto.set_lease_seconds(absl::ToDoubleSeconds(orders.lease_length));
  proto.set_drain(orders.drain.has_value());
  proto.set_drain_seconds(absl::ToDoubleSeconds(orders.drain.value_or(absl::ZeroDuration())));
  return proto;
}

v1::Worker ToProto(const Worker& worker) {
  v1::Worker proto;
  proto.set_id(worker.id);
  proto.set_name(worker.name);
  proto.set_host(worker.host);
  proto.set_pid(worker.pid);
  proto.set_version(worker.version);
  for (const Device& device : worker.devices) *proto.add_devices() = ToProto(device);
  if (IsKnown(worker.first_seen)) *proto.mutable_first_seen() = ToProto(worker.first_seen);
  if (IsKnown(worker.last_seen)) *proto.mutable_last_seen() = ToProto(worker.last_seen);
  proto.set_alive(worker.alive);
  for (const std::string& id : worker.experiment_ids) proto.add_experiment_ids(id);
  proto.set_finished(worker.finished);
  proto.set_failed(worker.failed);
  proto.set_cordoned(worker.cordoned);
  proto.set_draining(worker.draining);
  *proto.mutable_labels() = {worker.labels.begin(), worker.labels.end()};
  *proto.mutable_modes() = {worker.modes.begin(), worker.modes.end()};
  for (const Attempt& attempt : worker.attempts) {
    v1::HeldLease& lease = *proto.add_leases();
    lease.set_attempt_id(attempt.id);
    lease.set_sweep_id(attempt.sweep_id);
    lease.set_experiment_id(attempt.experiment_id);
    lease.set_device_id(attempt.device_id);
    if (IsKnown(attempt.started_at)) *lease.mutable_started_at() = ToProto(attempt.started_at);
    if (IsKnown(attempt.deadline)) *lease.mutable_deadline() = ToProto(attempt.deadline);
  }
  return proto;
}

absl::Duration Patience(const v1::DrainWorkerRequest& request) {
  const double seconds = request.deadline_seconds();
  return seconds < 0 ? absl::InfiniteDuration() : absl::Seconds(seconds);
}

v1::ListWorkersResponse ToProto(const std::vector<Worker>& workers) {
  v1::ListWorkersResponse proto;
  for (const Worker& worker : workers) *proto.add_workers() = ToProto(worker);
  return proto;
}

}  // namespace ff::convert
