// The five services over gRPC, down to SQLite and back.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include "server/api/analysis_service.h"
#include "server/api/experiment_service.h"
#include "server/api/sweep_service.h"
#include "server/api/system_service.h"
#include "server/api/worker_service.h"
#include "tests/server/api/real_coordinator.h"

namespace ff::api {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using testing::SmallSpec;

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    grpc::ServerBuilder builder;
    for (grpc::Service* service : std::initializer_list<grpc::Service*>{
             &sweep_service_, &experiment_service_, &worker_service_, &analysis_service_,
             &system_service_}) {
      builder.RegisterService(service);
    }
    server_ = builder.BuildAndStart();
    const auto channel = server_->InProcessChannel({});
    sweeps_ = v1::SweepService::NewStub(channel);
    experiments_ = v1::ExperimentService::NewStub(channel);
    workers_ = v1::WorkerService::NewStub(channel);
    analysis_ = v1::AnalysisService::NewStub(channel);
    system_ = v1::SystemService::NewStub(channel);
  }
  ~ApiTest() override { server_->Shutdown(); }

  // Calls `method` of `stub`; an error is a failed test.
  template <typename Response, typename Stub, typename Request>
  Response Call(Stub& stub,
                grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request) {
    Response response;
    const grpc::Status status = Try(stub, method, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  template <typename Response, typename Stub, typename Request>
  grpc::Status Try(Stub& stub,
                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request, Response* response) {
    grpc::ClientContext context;
    return (stub.*method)(&context, request, response);
  }
  template <typename Response, typename Stub, typename Request>
  grpc::StatusCode Code(Stub& stub,
                        grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                     Response*),
                        const Request& request) {
    Response response;
    return Try(stub, method, request, &response).error_code();
  }

  v1::CreateSweepResponse Create(const std::string& name) {
    v1::CreateSweepRequest request;
    request.set_name(name);
    *request.mutable_spec() = SmallSpec();
    return Call(*sweeps_, &v1::SweepService::Stub::CreateSweep, request);
  }
  static v1::SweepRequest Named(const std::string& sweep) {
    v1::SweepRequest request;
    request.set_sweep(sweep);
    return request;
  }

  testing::RealCoordinator coordinator_;
  Door door_{coordinator_.access()};
  SweepService sweep_service_{&door_, coordinator_.get(), {}};
  ExperimentService experiment_service_{&door_, coordinator_.get()};
  WorkerService worker_service_{&door_, coordinator_.get()};
  AnalysisService analysis_service_{&door_, coordinator_.get(), testing::AnalyzerDefaults()};
  SystemService system_service_{&door_, coordinator_.get(),
                                [] { return convert::ServerInfo{"test", 7, {}, "", "", ""}; }};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::SweepService::Stub> sweeps_;
  std::unique_ptr<v1::ExperimentService::Stub> experiments_;
  std::unique_ptr<v1::WorkerService::Stub> workers_;
  std::unique_ptr<v1::AnalysisService::Stub> analysis_;
  std::unique_ptr<v1::SystemService::Stub> system_;
};

using Sweeps = v1::SweepService::Stub;
using Experiments = v1::ExperimentService::Stub;
using Analysis = v1::AnalysisService::Stub;

TEST_F(ApiTest, WhatToTrainNextComesWithTheSpecThatPlansIt) {
  Create("demo");
  v1::PlanNextRequest request;
  request.set_sweep("demo");
  request.set_count(2);
  EXPECT_EQ(Code(*sweeps_, &Sweeps::PlanNext, request), grpc::StatusCode::FAILED_PRECONDITION);
  coordinator_.TrainEverything();
  const auto next = Call(*sweeps_, &Sweeps::PlanNext, request);
  ASSERT_GE(next.experiments_size(), 2);
  EXPECT_EQ(next.spec().planner().compute().extra_cells_size(), next.experiments_size());
  v1::PlanSweepRequest plan;
  *plan.mutable_spec() = next.spec();
  const auto preview = Call(*sweeps_, &Sweeps::PlanSweep, plan);
  EXPECT_EQ(preview.experiments_size() - preview.cached(), next.experiments_size());
  request.set_goal("fame");
  EXPECT_EQ(Code(*sweeps_, &Sweeps::PlanNext, request), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ApiTest, WhatIsPlannedIsWhatIsCreated) {
  v1::PlanSweepRequest plan;
  *plan.mutable_spec() = SmallSpec();
  const auto preview = Call(*sweeps_, &Sweeps::PlanSweep, plan);
  EXPECT_GE(preview.experiments_size(), 20);
  EXPECT_FALSE(preview.exists());
  const auto created = Create("");  // a name would be part of the id
  EXPECT_TRUE(created.created());
  EXPECT_EQ(created.sweep().id(), preview.sweep_id());
  EXPECT_EQ(created.sweep().counts().waiting(), preview.experiments_size());
}

TEST_F(ApiTest, SpecIsGivenBackAsAskedFor) {
  Create("first");
  const auto sweep = Call(*sweeps_, &Sweeps::GetSweep, Named("first"));
  EXPECT_TRUE(MessageDifferencer::Equals(sweep.spec(), SmallSpec()));
  EXPECT_FALSE(Call(*sweeps_, &Sweeps::ListSweeps, v1::ListSweepsRequest()).sweeps(0).has_spec());
}

TEST_F(ApiTest, CreatingTwiceIsOneSweepUnlessItMustBeNew) {
  Create("first");
  EXPECT_FALSE(Create("first").created());
  v1::CreateSweepRequest request;
  request.set_name("first");
  *request.mutable_spec() = SmallSpec();
  request.set_must_be_new(true);
  EXPECT_EQ(Code(*sweeps_, &Sweeps::CreateSweep, request), grpc::ALREADY_EXISTS);
}

TEST_F(ApiTest, SweepsAreSteered) {
  Create("first");
  EXPECT_EQ(Call(*sweeps_, &Sweeps::PauseSweep, Named("first")).state(), v1::SWEEP_STATE_PAUSED);
  EXPECT_EQ(Call(*sweeps_, &Sweeps::ResumeSweep, Named("first")).state(), v1::SWEEP_STATE_ACTIVE);
  EXPECT_EQ(Call(*sweeps_, &Sweeps::CancelSweep, Named("first")).state(),
            v1::SWEEP_STATE_CANCELLED);
}

TEST_F(ApiTest, AWorkerTrainsAndItsReportsAreRead) {
  Create("first");
  v1::SynchronizeRequest call = testing::WorkerCall();
  const auto orders = Call(*workers_, &v1::WorkerService::Stub::Synchronize, call);
  ASSERT_EQ(orders.leases_size(), 4);
  EXPECT_TRUE(orders.leases(0).has_deadline());
  *call.add_attempts() = testing::FinishedReport(orders.leases(0));
  const auto settled = Call(*workers_, &v1::WorkerService::Stub::Synchronize, call);
  EXPECT_THAT(settled.settled_attempts(), ::testing::ElementsAre(orders.leases(0).attempt_id()));

  v1::ExperimentRequest which;
  which.set_experiment(orders.leases(0).experiment_id());
  const auto experiment = Call(*experiments_, &Experiments::GetExperiment, which);
  EXPECT_EQ(experiment.state(), v1::EXPERIMENT_STATE_FINISHED);
  EXPECT_GT(experiment.result().final_val_loss(), 1.7);
  EXPECT_EQ(experiment.attempts_size(), 1);

  v1::ListMeasurementsRequest measurements;
  measurements.set_sweep("first");
  measurements.set_experiment(which.experiment());
  EXPECT_EQ(Call(*experiments_, &Experiments::ListMeasurements, measurements).measurements_size(),
            1);
  v1::GetLogsRequest logs;
  logs.set_sweep("first");
  logs.set_experiment(which.experiment());
  EXPECT_EQ(Call(*experiments_, &Experiments::GetLogs, logs).text(), "trained \xe2\x82\xac\n");
  v1::ListEventsRequest events;
  events.set_sweep("first");
  EXPECT_THAT(Call(*experiments_, &Experiments::ListEvents, events).events(), SizeIs(Not(0)));
  EXPECT_EQ(Call(*workers_, &v1::WorkerService::Stub::ListWorkers, v1::ListWorkersRequest())
                .workers(0)
                .finished(),
            1);
}

TEST_F(ApiTest, ExperimentsAreListedByState) {
  const int total = Create("first").sweep().counts().total();
  v1::ListExperimentsRequest request;
  request.set_sweep("first");
  request.add_states(v1::EXPERIMENT_STATE_WAITING);
  request.set_limit(3);
  const auto page = Call(*experiments_, &Experiments::ListExperiments, request);
  EXPECT_EQ(page.experiments_size(), 3);
  EXPECT_EQ(page.total(), total);
  request.set_states(0, v1::EXPERIMENT_STATE_FAILED);
  EXPECT_EQ(Call(*experiments_, &Experiments::ListExperiments, request).total(), 0);
}

TEST_F(ApiTest, AFinishedSweepHasALaw) {
  Create("first");
  v1::AnalyzeSweepRequest request;
  request.set_sweep("first");
  EXPECT_EQ(Code(*analysis_, &Analysis::AnalyzeSweep, request), grpc::FAILED_PRECONDITION);
  coordinator_.TrainEverything();
  const v1::Fit fit = Call(*analysis_, &Analysis::AnalyzeSweep, request);
  EXPECT_NEAR(fit.n_opt().exponent_a(), 0.28 / (0.34 + 0.28), 0.05);
  EXPECT_EQ(fit.method(), testing::AnalyzerDefaults().fitting().method());
  EXPECT_EQ(fit.draws_size(), 50 * 6);

  v1::GetFitRequest newest;
  newest.set_sweep("first");
  EXPECT_EQ(Call(*analysis_, &Analysis::GetFit, newest).id(), fit.id());
  v1::PredictRequest predict;
  predict.set_sweep("first");
  predict.add_target_compute(1e18);
  const auto predicted = Call(*analysis_, &Analysis::Predict, predict);
  EXPECT_GT(predicted.predictions(0).optimal_params(), 1e6);
  v1::GetFigureRequest figure;
  figure.set_sweep("first");
  figure.set_figure("isoflop_curves");
  EXPECT_THAT(Call(*analysis_, &Analysis::GetFigure, figure).plotly_json(),
              HasSubstr("\"layout\""));
}

TEST_F(ApiTest, WhatIsExportedCanBeImported) {
  Create("first");
  coordinator_.TrainEverything();
  v1::ExportSweepRequest request;
  request.set_sweep("first");
  request.set_format("results_json");
  const auto results = Call(*sweeps_, &Sweeps::ExportSweep, request);
  EXPECT_EQ(results.media_type(), "application/json");
  v1::ImportSweepRequest import;
  import.set_name("second");
  import.set_results_json(results.content());
  const auto imported = Call(*sweeps_, &Sweeps::ImportSweep, import);
  EXPECT_TRUE(imported.sweep().imported());
  EXPECT_GE(imported.sweep().counts().finished(), 20);
}

TEST_F(ApiTest, ErrorsKeepTheirCodeAndWords) {
  v1::Sweep sweep;
  const grpc::Status status = Try(*sweeps_, &Sweeps::GetSweep, Named("none"), &sweep);
  EXPECT_EQ(status.error_code(), grpc::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("none"));
  EXPECT_EQ(Code(*sweeps_, &Sweeps::CreateSweep, v1::CreateSweepRequest()), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Code(*workers_, &v1::WorkerService::Stub::Synchronize, v1::SynchronizeRequest()),
            grpc::INVALID_ARGUMENT);
  v1::ListExperimentsRequest list;
  list.set_limit(-1);
  EXPECT_EQ(Code(*experiments_, &Experiments::ListExperiments, list), grpc::INVALID_ARGUMENT);
}

TEST_F(ApiTest, SystemTellsOfProcessAndDatabase) {
  Create("first");
  const auto info = Call(*system_, &v1::SystemService::Stub::GetInfo, v1::GetInfoRequest());
  EXPECT_EQ(info.version(), "test");
  EXPECT_EQ(info.pid(), 7);
  EXPECT_EQ(info.sweeps(), 1);
  EXPECT_GT(info.schema_version(), 0);
}

}  // namespace
}  // namespace ff::api
