#include "tests/server/api/real_coordinator.h"

#include <cmath>
#include <stdexcept>

#include "conf/load/load.h"
#include "server/convert/analysis.h"
#include "server/convert/worker.h"
#include "server/storage/sqlite/sqlite_store.h"

namespace ff::api::testing {
namespace {

template <typename T>
T OrThrow(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

v1::FlopsFitConfig Config() {
  return OrThrow(conf::LoadConfig(
      {.overrides = {"planner.compute.min_flops=1e14", "planner.compute.max_flops=1e16",
                     "planner.compute.num_budgets=4", "planner.compute.num_model_sizes=7",
                     "planner.model.min_size=1e4", "planner.model.max_size=1e9",
                     "trainer.mode=synthetic", "analyzer.bootstrap.resamples=50"},
       .stage = "planner"}));
}

}  // namespace

RealCoordinator::RealCoordinator()
    : store_(OrThrow(storage::OpenSqliteStore(dir_.path("c.db"),
                                              {.synchronous = storage::Synchronous::kNormal}))) {
  coordinator_ = std::make_unique<coordinator::Coordinator>(
      store_.get(),
      coordinator::Options{.version = "test",
                           .analyze = OrThrow(convert::FromProto(AnalyzerDefaults()))},
      [] { return absl::FromUnixSeconds(1'800'000'000); });
  access_ = std::make_unique<coordinator::AccessControl>(
      store_.get(), coordinator::AccessOptions(),
      [] { return absl::FromUnixSeconds(1'800'000'000); });
}

void RealCoordinator::TrainEverything() {
  v1::SynchronizeRequest call = WorkerCall();
  for (;;) {
    const WorkerReport report = OrThrow(convert::FromProto(call));
    const auto orders = convert::ToProto(OrThrow(coordinator_->SynchronizeWorker(report)));
    if (orders.leases().empty()) return;
    call.clear_attempts();
    for (const v1::Lease& lease : orders.leases()) *call.add_attempts() = FinishedReport(lease);
  }
}

v1::SweepSpec SmallSpec() {
  const v1::FlopsFitConfig config = Config();
  v1::SweepSpec spec;
  *spec.mutable_planner() = config.planner();
  *spec.mutable_trainer() = config.trainer();
  spec.mutable_dataset()->set_path("/data/text.txt");
  spec.mutable_dataset()->set_format("bytes");
  spec.mutable_dataset()->set_tokens(100'000'000'000);
  spec.mutable_dataset()->set_fingerprint("0123");
  return spec;
}

v1::AnalyzerConfig AnalyzerDefaults() { return Config().analyzer(); }

v1::SynchronizeRequest WorkerCall() {
  v1::SynchronizeRequest call;
  call.set_worker_id("w1");
  call.set_incarnation("i1");
  call.set_name("one");
  call.set_free_slots(4);
  v1::Device* device = call.add_devices();
  device->set_id("cpu");
  device->set_kind("cpu");
  device->set_memory_bytes(1e12);
  device->set_slots(4);
  return call;
}

v1::AttemptReport FinishedReport(const v1::Lease& lease) {
  const v1::Plan& plan = lease.plan();
  // A little off the law, the same every time: intervals need noise.
  const double noise = 1 + 0.001 * std::sin(12.9 * static_cast<double>(plan.steps()));
  const double loss = noise * (1.7 + 400 / std::pow(static_cast<double>(plan.parameters()), 0.34) +
                               410 / std::pow(static_cast<double>(plan.tokens()), 0.28));
  v1::AttemptReport report;
  report.set_attempt_id(lease.attempt_id());
  report.set_epoch(lease.epoch());
  report.set_state("finished");
  report.set_step(plan.steps());
  report.set_log("trained \xe2\x82\xac\n");
  report.set_device_id("cpu");
  v1::Measurement* measurement = report.add_measurements();
  measurement->set_kind("train");
  measurement->set_step(plan.steps());
  measurement->set_tokens(plan.tokens());
  measurement->set_loss(loss);
  v1::Result* result = report.mutable_result();
  result->set_final_train_loss(loss);
  result->set_final_val_loss(loss);
  result->set_parameters(plan.parameters());
  result->set_tokens(plan.tokens());
  result->set_steps(plan.steps());
  result->set_flops(plan.flops());
  result->set_train_seconds(1);
  return report;
}

}  // namespace ff::api::testing
