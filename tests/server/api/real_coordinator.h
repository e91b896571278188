// A coordinator over a SQLite store in a folder of its own, with a clock of the test's, and
// a sweep of the synthetic law to feed it.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include "ff/v1/sweep.pb.h"
#include "ff/v1/worker.pb.h"
#include "server/coordinator/access_control.h"
#include "server/coordinator/coordinator.h"
#include "server/storage/store.h"
#include "tests/server/gateway/temp_dir.h"

namespace ff::api::testing {

class RealCoordinator {
 public:
  RealCoordinator();
  coordinator::Coordinator* operator->() { return coordinator_.get(); }
  coordinator::Coordinator* get() { return coordinator_.get(); }
  // Asks for no credentials.
  coordinator::AccessControl* access() { return access_.get(); }
  storage::Store* store() { return store_.get(); }

  // Acts as a worker of four slots until nothing waits any more: every run finishes with
  // the loss of a Chinchilla-like law.
  void TrainEverything();

 private:
  gateway::testing::TempDir dir_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<coordinator::Coordinator> coordinator_;
  std::unique_ptr<coordinator::AccessControl> access_;
};

// Four budgets of seven synthetic runs each; every default of conf/ applies.
v1::SweepSpec SmallSpec();

// What conf/analyzer.yaml says, with few resamples.
v1::AnalyzerConfig AnalyzerDefaults();

// A worker's report: four free slots and one CPU.
v1::SynchronizeRequest WorkerCall();

// The report that finishes `lease` with the law's loss, one measurement and a log line.
v1::AttemptReport FinishedReport(const v1::Lease& lease);

}  // namespace ff::api::testing
