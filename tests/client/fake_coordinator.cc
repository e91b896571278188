#include "tests/client/fake_coordinator.h"

#include <grpcpp/grpcpp.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "ff/v1/analysis.grpc.pb.h"
#include "ff/v1/sweep.grpc.pb.h"
#include "ff/v1/worker.grpc.pb.h"
#include "proto/wire/status.h"

namespace ff::client {

using grpc::ServerContext;
using grpc::Status;

struct FakeCoordinator::Services final : v1::SweepService::Service,
                                         v1::ExperimentService::Service,
                                         v1::WorkerService::Service,
                                         v1::AnalysisService::Service,
                                         v1::SystemService::Service {
  explicit Services(FakeCoordinator* fake) : f(*fake) {}

  template <typename Response>
  Status Answer(const std::string& method, const std::string& what, const Response& answer,
                Response* out) {
    f.calls.push_back(what.empty() ? method : absl::StrCat(method, " ", what));
    if (f.errors.count(method) > 0) return wire::ToGrpc(f.errors[method]);
    *out = answer;
    return Status::OK;
  }

  v1::Sweep Now() {
    if (f.sweep_history.empty()) return v1::Sweep();
    const v1::Sweep now = f.sweep_history.front();
    if (f.sweep_history.size() > 1) f.sweep_history.erase(f.sweep_history.begin());
    return now;
  }

  Status PlanSweep(ServerContext*, const v1::PlanSweepRequest* q, v1::SweepPreview* a) override {
    f.plan_request = *q;
    return Answer("PlanSweep", "", f.preview, a);
  }
  Status PlanNext(ServerContext*, const v1::PlanNextRequest* q, v1::NextPlan* a) override {
    f.next_request = *q;
    return Answer("PlanNext", q->sweep(), f.next, a);
  }
  Status CreateSweep(ServerContext*, const v1::CreateSweepRequest* q,
                     v1::CreateSweepResponse* a) override {
    f.create_request = *q;
    if (f.lost_answers > 0) {
      --f.lost_answers;
      f.calls.push_back("CreateSweep (lost)");
      return Status(grpc::UNAVAILABLE, "connection reset");
    }
    return Answer("CreateSweep", "", f.created, a);
  }
  Status ListSweeps(ServerContext*, const v1::ListSweepsRequest*,
                    v1::ListSweepsResponse* a) override {
    return Answer("ListSweeps", "", f.sweeps, a);
  }
  Status GetSweep(ServerContext*, const v1::SweepRequest* q, v1::Sweep* a) override {
    return Answer("GetSweep", q->sweep(), Now(), a);
  }
  Status PauseSweep(ServerContext*, const v1::SweepRequest* q, v1::Sweep* a) override {
    f.by = q->by();
    f.if_version = q->if_version();
    return Answer("PauseSweep", q->sweep(), Now(), a);
  }
  Status ResumeSweep(ServerContext*, const v1::SweepRequest* q, v1::Sweep* a) override {
    f.by = q->by();
    f.if_version = q->if_version();
    return Answer("ResumeSweep", q->sweep(), Now(), a);
  }
  Status CancelSweep(ServerContext*, const v1::SweepRequest* q, v1::Sweep* a) override {
    f.by = q->by();
    f.if_version = q->if_version();
    return Answer("CancelSweep", q->sweep(), Now(), a);
  }
  Status DeleteSweep(ServerContext*, const v1::DeleteSweepRequest* q, v1::Deletion* a) override {
    f.delete_request = *q;
    f.deletion.set_done(!q->dry_run());
    return Answer(q->dry_run() ? "DeleteSweep?" : "DeleteSweep", q->sweep(), f.deletion, a);
  }
  Status DeleteExperiment(ServerContext*, const v1::DeleteExperimentRequest* q,
                          v1::Deletion* a) override {
    f.delete_experiment_request = *q;
    f.deletion.set_done(!q->dry_run());
    return Answer(q->dry_run() ? "DeleteExperiment?" : "DeleteExperiment", q->experiment(),
                  f.deletion, a);
  }
  Status ImportSweep(ServerContext*, const v1::ImportSweepRequest* q,
                     v1::ImportSweepResponse* a) override {
    f.import_request = *q;
    return Answer("ImportSweep", "", f.imported, a);
  }
  Status ExportSweep(ServerContext*, const v1::ExportSweepRequest* q,
                     v1::ExportSweepResponse* a) override {
    v1::ExportSweepResponse answer;
    answer.set_content(f.exports[q->format()]);
    return Answer("ExportSweep", absl::StrCat(q->sweep(), " ", q->format()), answer, a);
  }
  Status ListExperiments(ServerContext*, const v1::ListExperimentsRequest* q,
                         v1::ListExperimentsResponse* a) override {
    f.list_request = *q;
    return Answer("ListExperiments", q->sweep(), f.experiments, a);
  }
  Status GetExperiment(ServerContext*, const v1::ExperimentRequest* q, v1::Experiment* a) override {
    return Answer("GetExperiment", q->experiment(), f.experiment, a);
  }
  Status RetryExperiment(ServerContext*, const v1::RetryExperimentRequest* q,
                         v1::RetryExperimentResponse* a) override {
    f.retry_request = *q;
    return Answer("RetryExperiment", q->experiment(), f.retried, a);
  }
  Status GetLogs(ServerContext*, const v1::GetLogsRequest* q, v1::GetLogsResponse* a) override {
    f.logs_request = *q;
    v1::GetLogsResponse now = f.logs;
    if (!f.log_history.empty()) now = f.log_history.front();
    if (f.log_history.size() > 1) f.log_history.erase(f.log_history.begin());
    const bool read = now.end_byte() > 0 && q->from_byte() >= now.end_byte();
    if (read) now.clear_text();
    return Answer("GetLogs", q->experiment(), now, a);
  }
  Status ListEvents(ServerContext*, const v1::ListEventsRequest* q,
                    v1::ListEventsResponse* a) override {
    return Answer("ListEvents", q->sweep(), f.events, a);
  }
  Status UpdateSweep(ServerContext*, const v1::UpdateSweepRequest* q, v1::Sweep* a) override {
    f.update_request = *q;
    return Answer("UpdateSweep", q->sweep(), Now(), a);
  }
  Status QuarantineWorker(ServerContext*, const v1::QuarantineWorkerRequest* q,
                          v1::Worker* a) override {
    f.quarantine_request = *q;
    return Answer("QuarantineWorker", q->worker(), f.worker, a);
  }
  Status ListWorkers(ServerContext*, const v1::ListWorkersRequest*,
                     v1::ListWorkersResponse* a) override {
    return Answer("ListWorkers", "", f.workers, a);
  }
  Status AnalyzeSweep(ServerContext*, const v1::AnalyzeSweepRequest* q, v1::Fit* a) override {
    f.analyze_request = *q;
    return Answer("AnalyzeSweep", q->sweep(), f.fit, a);
  }
  Status GetFit(ServerContext*, const v1::GetFitRequest* q, v1::Fit* a) override {
    return Answer("GetFit", q->sweep(), f.fit, a);
  }
  Status Predict(ServerContext*, const v1::PredictRequest* q, v1::PredictResponse* a) override {
    v1::PredictResponse answer;
    answer.set_fit_id("fit1");
    for (const double compute : q->target_compute()) {
      v1::Prediction* p = answer.add_predictions();
      p->set_target_compute(compute);
      p->set_optimal_params(0.1 * std::sqrt(compute));
      p->set_optimal_tokens(compute / 6 / p->optimal_params());
      p->set_expected_loss(3);
      p->set_tokens_per_param(p->optimal_tokens() / p->optimal_params());
      p->mutable_params_ci()->set_low(0.09 * std::sqrt(compute));
      p->mutable_params_ci()->set_high(0.11 * std::sqrt(compute));
      p->mutable_loss_ci()->set_low(2.9);
      p->mutable_loss_ci()->set_high(3.1);
      p->set_extrapolation(compute / 1e16);
    }
    return Answer("Predict", q->sweep(), answer, a);
  }
  Status GetFigure(ServerContext*, const v1::GetFigureRequest* q,
                   v1::GetFigureResponse* a) override {
    v1::GetFigureResponse answer;
    answer.set_plotly_json(f.figures[q->figure()]);
    if (answer.plotly_json().empty()) {
      f.calls.push_back("GetFigure " + q->figure());
      return Status(grpc::FAILED_PRECONDITION, "not enough for " + q->figure());
    }
    return Answer("GetFigure", q->figure(), answer, a);
  }
  Status GetInfo(ServerContext*, const v1::GetInfoRequest*, v1::Info* a) override {
    return Answer("GetInfo", "", f.info, a);
  }

  FakeCoordinator& f;
  std::unique_ptr<grpc::Server> server;
};

FakeCoordinator::FakeCoordinator(const std::string& socket_path)
    : socket_path_(socket_path), services_(std::make_unique<Services>(this)) {
  info.set_version("1.2.3");
  info.set_http_address("127.0.0.1:7411");
  Start();
}

FakeCoordinator::~FakeCoordinator() { Stop(); }

void FakeCoordinator::Start() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(Address(), grpc::InsecureServerCredentials());
  builder.RegisterService(static_cast<v1::SweepService::Service*>(services_.get()));
  builder.RegisterService(static_cast<v1::ExperimentService::Service*>(services_.get()));
  builder.RegisterService(static_cast<v1::WorkerService::Service*>(services_.get()));
  builder.RegisterService(static_cast<v1::AnalysisService::Service*>(services_.get()));
  builder.RegisterService(static_cast<v1::SystemService::Service*>(services_.get()));
  services_->server = builder.BuildAndStart();
}

void FakeCoordinator::Stop() {
  if (services_->server != nullptr) services_->server->Shutdown(std::chrono::system_clock::now());
  services_->server.reset();
}

v1::Sweep ExampleSweep(int finished, int failed, v1::SweepState state) {
  v1::Sweep sweep;
  sweep.set_id("5eep1234");
  sweep.set_name("first");
  sweep.set_state(state);
  sweep.set_total_flops(6e15);
  sweep.set_done_flops(1e15 * (finished + failed));
  sweep.set_eta_seconds(state == v1::SWEEP_STATE_ACTIVE ? 192 : -1);
  sweep.mutable_created_at()->set_seconds(1700000000);
  v1::StateCounts* all = sweep.mutable_counts();
  all->set_finished(finished);
  all->set_failed(failed);
  all->set_waiting(6 - finished - failed);
  all->set_total(6);
  for (int i = 0; i < 2; ++i) {
    v1::BudgetProgress* budget = sweep.add_budgets();
    budget->set_budget_index(i);
    budget->set_budget_flops(i == 0 ? 1e15 : 1e16);
    const int mine = std::min(3, std::max(0, finished - 3 * i));
    budget->mutable_counts()->set_finished(mine);
    budget->mutable_counts()->set_failed(i == 1 ? failed : 0);
    budget->mutable_counts()->set_total(3);
    budget->set_best_loss(mine > 0 ? 3.25 - 0.5 * i : NAN);
    budget->set_best_parameters(1.3e6);
  }
  return sweep;
}

v1::Fit ExampleFit() {
  v1::Fit fit;
  fit.set_id("fit1");
  fit.set_sweep_id("5eep1234");
  fit.set_method("quadratic");
  fit.set_loss_kind("validation");
  fit.set_flop_count("six_nd");
  fit.set_optimal_ratio(20);
  fit.set_runs_used(6);
  fit.set_resamples(500);
  fit.set_confidence(0.95);
  const char* names[] = {"N_opt", "D_opt", "L_opt"};
  v1::PowerLaw* laws[] = {fit.mutable_n_opt(), fit.mutable_d_opt(), fit.mutable_l_opt()};
  for (int i = 0; i < 3; ++i) {
    laws[i]->set_name(names[i]);
    laws[i]->set_coefficient_k(i == 2 ? 12 : 0.1);
    laws[i]->set_exponent_a(i == 2 ? -0.05 : 0.5);
    laws[i]->set_r_squared(0.999);
    laws[i]->mutable_a_ci()->set_low(laws[i]->exponent_a() - 0.01);
    laws[i]->mutable_a_ci()->set_high(laws[i]->exponent_a() + 0.01);
    laws[i]->set_formula(absl::StrCat(names[i], " = k C^a"));
  }
  for (int i = 0; i < 2; ++i) {
    v1::OptimalPoint* point = fit.add_optimal_points();
    point->set_budget_index(i);
    point->set_compute_budget(i == 0 ? 1e15 : 1e16);
    point->set_model_size(0.1 * std::sqrt(point->compute_budget()));
    point->set_num_tokens(20 * point->model_size());
    point->set_final_loss(3);
    point->set_runs(3);
  }
  v1::Exclusion* exclusion = fit.add_exclusions();
  exclusion->set_compute_budget(1e14);
  exclusion->set_reason("its minimum lies at the edge");
  fit.add_warnings("the exponent is far from 0.5");
  fit.add_draws(1);
  return fit;
}

}  // namespace ff::client
