// A coordinator of few words for tests: leases experiments in order to whoever has free
// slots, keeps what is reported, and can be told to be away. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "ff/v1/worker.grpc.pb.h"

namespace ff::agent {

// A plan of mode synthetic: law at e = 2 without noise, 1000 parameters, 64 tokens a step.
v1::Plan SyntheticPlan(int64_t steps, double seconds_per_step);

// Whether `condition` comes true within half a minute; tests wait for events, never for time.
bool Eventually(const std::function<bool()>& condition);

class FakeCoordinator final : public v1::WorkerService::Service {
 public:
  explicit FakeCoordinator(const std::string& socket);  // a path for a Unix socket
  ~FakeCoordinator() override;

  std::string address() const { return "unix:" + socket_; }

  struct Kept {
    v1::Plan plan;
    std::string state = "waiting";  // waiting | leased, or the end of its last attempt
    int64_t attempt_id = 0, epoch = 0;
    std::string incarnation;
    std::map<int64_t, double> train_loss, eval_loss;  // by step
    int64_t step = 0, resumed_from_step = 0, checkpoint_step = 0;
    v1::Result result;
    v1::Failure failure;
    std::string log;
    int finished_reports = 0, failed_reports = 0, leases = 0;
  };
  void Add(const std::string& id, v1::Plan plan);
  Kept Get(const std::string& id) const;
  // Waits until Get(id).state is one of `states`.
  bool Reaches(const std::string& id, const std::set<std::string>& states) const;
  bool ReachesStep(const std::string& id, int64_t step) const;

  void MakeWaiting(const std::string& id);  // to be leased again
  void Withdraw(const std::string& id);     // takes the lease back, for good
  void ForgetMeasurements(const std::string& id);
  // Refuses every call, as a proxy before a dead server does.
  void RefuseCalls(bool refuse);
  // Takes requests in and loses the answers.
  void LoseAnswers(bool lose);
  // Once: the next answer asks the worker to hand back what runs after so many seconds.
  void AskToDrain(double seconds);
  void Leave();   // stops the server
  void Return();  // starts it again

  v1::SynchronizeRequest last_request() const;
  int calls() const;

 private:
  grpc::Status Synchronize(grpc::ServerContext* context, const v1::SynchronizeRequest* request,
                           v1::SynchronizeResponse* response) override;
  void Store(const v1::AttemptReport& report, v1::SynchronizeResponse& response);
  void Grant(const v1::SynchronizeRequest& request, v1::SynchronizeResponse& response);

  const std::string socket_;
  mutable absl::Mutex mutex_;
  std::map<std::string, Kept> experiments_;
  int64_t next_attempt_ = 1;
  int calls_ = 0;
  bool refuse_ = false, lose_ = false;
  double drain_seconds_ = -1;
  v1::SynchronizeRequest last_request_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace ff::agent
