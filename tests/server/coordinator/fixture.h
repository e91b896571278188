// A coordinator on a real database with a clock that tests move, and a worker that does
// what the test says.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "server/coordinator/coordinator.h"
#include "server/storage/sqlite/sqlite_store.h"
#include "tests/server/scaling/sweep_specs.h"
#include "tests/server/storage/samples.h"

namespace ff::coordinator {

class CoordinatorTest : public ::testing::Test {
 protected:
  CoordinatorTest() { Restart(); }

  // As if the daemon were started again, on the same database.
  void Restart() {
    coordinator_.reset();
    store_.reset();
    auto opened = storage::OpenSqliteStore(dir_.File("ff.db"), {});
    ASSERT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    Options options;
    options.restart_grace = grace_;
    options.max_retries = 1;
    options.analyze = Quick();
    coordinator_ = std::make_unique<Coordinator>(store_.get(), options, [this] { return now_; });
  }

  // How laws are estimated where a test does not say.
  static AnalyzeOptions Quick() {
    AnalyzeOptions options;
    options.profiles.method = "quadratic";
    options.profiles.loss_kind = "validation";
    options.profiles.resamples = options.law.resamples = 20;
    options.profiles.confidence = options.law.confidence = 0.9;
    options.influence = false;
    return options;
  }

  // Three budgets, a few sizes each.
  static SweepSpec Spec(int sizes = 5) {
    SweepSpec spec = scaling::SoundSpec();
    spec.compute.num_budgets = 3;
    spec.compute.num_model_sizes = sizes;
    spec.assumed_flops_per_second = 1e9;
    spec.source = "{}";
    return spec;
  }
  Sweep Create(const std::string& name = "demo", const SweepSpec& spec = Spec()) {
    auto outcome = coordinator_->CreateSweep(name, spec, false);
    EXPECT_TRUE(outcome.ok()) << outcome.status();
    return outcome.ok() ? outcome->sweep : Sweep();
  }

  WorkerOrders Call(const std::string& worker, int free, std::vector<AttemptReport> reports = {},
                    const std::string& incarnation = "1") {
    WorkerReport report;
    report.worker.id = worker;
    report.worker.name = worker;
    report.worker.incarnation = incarnation;
    report.worker.devices = {{"cpu", "cpu", "CPU", 8e9, 2}};
    report.free_slots = free;
    report.attempts = std::move(reports);
    auto orders = coordinator_->SynchronizeWorker(report);
    EXPECT_TRUE(orders.ok()) << orders.status();
    return orders.value_or(WorkerOrders());
  }

  static AttemptReport Report(const Lease& lease, const std::string& state) {
    AttemptReport report;
    report.attempt_id = lease.attempt_id;
    report.epoch = lease.epoch;
    report.state = state;
    return report;
  }
  static AttemptReport Failed(const Lease& lease, const std::string& kind) {
    AttemptReport report = Report(lease, "failed");
    report.failure = Failure{kind, "as the test wants"};
    return report;
  }
  // The loss is Hoffmann's law of the plan, so that analyses have minima, with Gaussian noise of
  // ln L that is the plan's own: the same whenever it is trained.
  AttemptReport Finished(const Lease& lease) const {
    AttemptReport report = Report(lease, "finished");
    const Plan& plan = lease.plan;
    std::seed_seq seed(lease.experiment_id.begin(), lease.experiment_id.end());
    std::mt19937_64 random(seed);
    const auto loss_after = [&plan](double tokens) {
      return 1.69 + 40 / std::pow(plan.parameters, 0.34) + 55 / std::pow(tokens, 0.34);
    };
    for (int i = 1; i <= curve_points_; ++i) {
      const double part = static_cast<double>(i) / curve_points_;
      Measurement m;
      m.kind = "train";
      m.step = std::max<int64_t>(1, std::llround(part * static_cast<double>(plan.steps)));
      m.tokens = std::llround(part * static_cast<double>(plan.tokens));
      m.flops = part * plan.flops;
      m.loss = loss_after(static_cast<double>(m.tokens));
      report.measurements.push_back(m);
    }
    Result result;
    result.final_val_loss = loss_after(static_cast<double>(plan.tokens)) *
                            std::exp(noise_sd_ * std::normal_distribution<double>()(random));
    result.final_train_loss = result.final_val_loss - 0.01;
    result.parameters = plan.parameters;
    result.tokens = plan.tokens;
    result.steps = plan.steps;
    result.flops = plan.flops;
    result.train_seconds = plan.flops / 1e10;
    report.step = plan.steps;
    report.result = result;
    return report;
  }

  // Trains until nothing is left, and fits what is due.
  void TrainAll() {
    Train(1000);
    EXPECT_EQ(coordinator_->FitDue(), absl::OkStatus());
  }
  // Rounds of two experiments each.
  void Train(int rounds) {
    WorkerOrders orders = Call("w", 2);
    for (int round = 0; round < rounds && !orders.leases.empty(); ++round) {
      now_ += absl::Seconds(1);
      std::vector<AttemptReport> reports;
      for (const Lease& lease : orders.leases) reports.push_back(Finished(lease));
      orders = Call("w", 2, reports);
    }
  }

  std::vector<std::string> EventKinds(const std::string& sweep,
                                      const std::string& experiment = "") {
    std::vector<std::string> kinds;
    auto events = coordinator_->ListEvents(sweep, experiment, {});
    EXPECT_TRUE(events.ok()) << events.status();
    for (const Event& event : *events) kinds.push_back(event.kind);
    return kinds;
  }

  storage::TempDir dir_;
  absl::Time now_ = storage::At(0);
  absl::Duration grace_ = absl::Seconds(60);
  double noise_sd_ = 0;   // of ln L
  int curve_points_ = 0;  // measured along a run
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<Coordinator> coordinator_;
};

}  // namespace ff::coordinator
