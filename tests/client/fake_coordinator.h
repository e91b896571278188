// A coordinator in the test's own process, on a Unix socket: answers what the test put in,
// and remembers what it was asked. Set answers before calls; read requests after.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/sweep.pb.h"
#include "ff/v1/worker.pb.h"

namespace ff::client {

class FakeCoordinator {
 public:
  explicit FakeCoordinator(const std::string& socket_path);
  ~FakeCoordinator();

  std::string Address() const { return "unix:" + socket_path_; }

  // Stops answering and starts again, on the same socket.
  void Stop();
  void Start();

  // By method name: what a call fails with instead of answering.
  std::map<std::string, absl::Status> errors;

  v1::SweepPreview preview;
  v1::NextPlan next;
  v1::CreateSweepResponse created;
  v1::ListSweepsResponse sweeps;
  // GetSweep answers these one after another, then the last for ever.
  std::vector<v1::Sweep> sweep_history;
  v1::ListExperimentsResponse experiments;
  v1::Experiment experiment;
  v1::RetryExperimentResponse retried;
  v1::GetLogsResponse logs;
  // Where it is not empty: GetLogs answers these one after another, then the last for ever.
  std::vector<v1::GetLogsResponse> log_history;
  v1::ListEventsResponse events;
  v1::Worker worker;
  v1::ListWorkersResponse workers;
  v1::ImportSweepResponse imported;
  std::map<std::string, std::string> exports;  // by format
  v1::Fit fit;
  std::map<std::string, std::string> figures;  // by name
  v1::Info info;

  std::vector<std::string> calls;  // "GetSweep @latest", in order
  v1::PlanSweepRequest plan_request;
  v1::PlanNextRequest next_request;
  v1::CreateSweepRequest create_request;
  v1::ListExperimentsRequest list_request;
  v1::GetLogsRequest logs_request;
  v1::UpdateSweepRequest update_request;
  v1::QuarantineWorkerRequest quarantine_request;
  std::string by;  // of the last call that changed a sweep
  int64_t if_version = 0;
  v1::Deletion deletion;
  v1::DeleteSweepRequest delete_request;
  v1::DeleteExperimentRequest delete_experiment_request;
  int lost_answers = 0;  // so many calls of CreateSweep are heard and answered with UNAVAILABLE
  v1::RetryExperimentRequest retry_request;
  v1::AnalyzeSweepRequest analyze_request;
  v1::ImportSweepRequest import_request;

 private:
  struct Services;
  const std::string socket_path_;
  std::unique_ptr<Services> services_;
};

// A sweep of two budgets with three experiments each.
v1::Sweep ExampleSweep(int finished, int failed, v1::SweepState state);

// A fit with an exponent of 0.5 at two budgets.
v1::Fit ExampleFit();

}  // namespace ff::client
