#include "tests/worker/agent/fake_coordinator.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"

namespace ff::agent {

v1::Plan SyntheticPlan(int64_t steps, double seconds_per_step) {
  v1::Plan plan;
  plan.set_mode("synthetic");
  plan.mutable_shape()->set_seq_len(16);
  plan.set_parameters(1000), plan.set_batch_size(4), plan.set_steps(steps);
  plan.set_tokens(steps * 64), plan.set_flops(6e3 * 64 * static_cast<double>(steps));
  plan.set_log_every(1), plan.set_eval_every(5), plan.set_checkpoint_every(5);
  v1::SyntheticLaw& law = *plan.mutable_synthetic();
  law.set_e(2), law.set_a(10), law.set_alpha(0.5), law.set_b(20), law.set_beta(0.5);
  law.set_seconds_per_step(seconds_per_step);
  return plan;
}

bool Eventually(const std::function<bool()>& condition) {
  // Set by tests/sanitize/no_reports.sh: instrumented programs take several times as long.
  const char* const factor = std::getenv("FF_TEST_TIMEOUT_FACTOR");
  const absl::Time deadline =
      absl::Now() + absl::Seconds(30) * (factor == nullptr ? 1 : std::atoi(factor));
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

FakeCoordinator::FakeCoordinator(const std::string& socket) : socket_(socket) { Return(); }

FakeCoordinator::~FakeCoordinator() { Leave(); }

void FakeCoordinator::Return() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address(), grpc::InsecureServerCredentials());
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
}

void FakeCoordinator::Leave() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

void FakeCoordinator::Add(const std::string& id, v1::Plan plan) {
  absl::MutexLock lock(&mutex_);
  experiments_[id].plan = std::move(plan);
}

FakeCoordinator::Kept FakeCoordinator::Get(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  return experiments_.at(id);
}

bool FakeCoordinator::Reaches(const std::string& id, const std::set<std::string>& states) const {
  return Eventually([&] { return states.count(Get(id).state) > 0; });
}

bool FakeCoordinator::ReachesStep(const std::string& id, int64_t step) const {
  return Eventually([&] { return Get(id).step >= step; });
}

void FakeCoordinator::MakeWaiting(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  experiments_[id].state = "waiting";
}

void FakeCoordinator::Withdraw(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  experiments_[id].state = "withdrawn";
}

void FakeCoordinator::ForgetMeasurements(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  experiments_[id].train_loss.clear(), experiments_[id].eval_loss.clear();
}

void FakeCoordinator::RefuseCalls(bool refuse) {
  absl::MutexLock lock(&mutex_);
  refuse_ = refuse;
}

void FakeCoordinator::LoseAnswers(bool lose) {
  absl::MutexLock lock(&mutex_);
  lose_ = lose;
}

void FakeCoordinator::AskToDrain(double seconds) {
  absl::MutexLock lock(&mutex_);
  drain_seconds_ = seconds;
}

v1::SynchronizeRequest FakeCoordinator::last_request() const {
  absl::MutexLock lock(&mutex_);
  return last_request_;
}

int FakeCoordinator::calls() const {
  absl::MutexLock lock(&mutex_);
  return calls_;
}

grpc::Status FakeCoordinator::Synchronize(grpc::ServerContext*,
                                          const v1::SynchronizeRequest* request,
                                          v1::SynchronizeResponse* response) {
  absl::MutexLock lock(&mutex_);
  ++calls_;
  if (refuse_) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "refused by the test");
  last_request_ = *request;
  for (auto& [id, kept] : experiments_) {
    if (kept.state == "leased" && kept.incarnation != request->incarnation()) {
      kept.state = "waiting";
    }
  }
  for (const v1::AttemptReport& report : request->attempts()) Store(report, *response);
  Grant(*request, *response);
  response->set_next_sync_seconds(0.02);
  response->set_lease_seconds(30);
  if (drain_seconds_ >= 0) {
    response->set_drain(true);
    response->set_drain_seconds(std::exchange(drain_seconds_, -1));
  }
  if (lose_) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost by the test");
  return grpc::Status::OK;
}

void FakeCoordinator::Store(const v1::AttemptReport& report, v1::SynchronizeResponse& response) {
  for (auto& [id, kept] : experiments_) {
    if (kept.attempt_id != report.attempt_id() || kept.epoch != report.epoch()) continue;
    const bool current = kept.state == "leased";
    const bool finished = report.state() == "finished";
    if (!current && !finished) continue;
    for (const v1::Measurement& m : report.measurements()) {
      (m.kind() == "train" ? kept.train_loss : kept.eval_loss)[m.step()] = m.loss();
    }
    kept.step = report.step(), kept.resumed_from_step = report.resumed_from_step();
    kept.checkpoint_step = report.checkpoint_step();
    kept.log += report.log();
    if (finished) kept.result = report.result(), ++kept.finished_reports;
    if (report.state() == "failed") kept.failure = report.failure(), ++kept.failed_reports;
    if (report.state() != "starting" && report.state() != "running") kept.state = report.state();
  }
  if (report.state() != "starting" && report.state() != "running") {
    response.add_settled_attempts(report.attempt_id());
  }
}

void FakeCoordinator::Grant(const v1::SynchronizeRequest& request,
                            v1::SynchronizeResponse& response) {
  int free = request.free_slots();
  for (auto& [id, kept] : experiments_) {
    if (kept.state == "waiting" && free > 0) {
      --free;
      kept.state = "leased", kept.attempt_id = next_attempt_++, ++kept.epoch, ++kept.leases;
      kept.incarnation = request.incarnation();
      kept.step = 0;
    }
    if (kept.state != "leased") continue;
    v1::Lease& lease = *response.add_leases();
    lease.set_attempt_id(kept.attempt_id), lease.set_epoch(kept.epoch);
    lease.set_sweep_id("sweep"), lease.set_experiment_id(id);
    *lease.mutable_plan() = kept.plan;
  }
}

}  // namespace ff::agent
