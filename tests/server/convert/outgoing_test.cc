// Whatever the domain knows reaches the wire: a domain value with every member set leaves
// no field of its message at the default.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/convert/analysis.h"
#include "server/convert/experiment.h"
#include "server/convert/info.h"
#include "server/convert/sweep.h"
#include "server/convert/worker.h"
#include "tests/server/convert/reflection.h"
#include "tests/server/convert/samples.h"

namespace ff::convert {
namespace {

using testing::DefaultFields;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::SampleExperiment;

// What an attempt says of its experiment in a timeline; within its experiment that is known.
std::vector<std::string> OfTimelines(const std::string& where, std::vector<std::string> more = {}) {
  std::vector<std::string> fields = {where + "attempts[0].experiment_id",
                                     where + "attempts[0].budget_flops",
                                     where + "attempts[0].parameters"};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

TEST(Outgoing, ExperimentIsComplete) {
  EXPECT_EQ(DefaultFields(ToProto(SampleExperiment())), OfTimelines(""));
}

TEST(Outgoing, FinishedExperimentShowsItsNewestAttempt) {
  Experiment experiment = SampleExperiment();
  experiment.current.reset();
  experiment.attempts.push_back(testing::SampleAttempt());
  experiment.attempts.back().epoch = 9;
  experiment.attempts.back().worker_id = "newest";
  EXPECT_EQ(ToProto(experiment).worker_id(), "newest");
}

TEST(Outgoing, WhatIsNotYetKnownIsAbsent) {
  Experiment experiment;
  experiment.attempts.emplace_back();
  const v1::Experiment proto = ToProto(experiment);
  EXPECT_FALSE(proto.has_result());
  EXPECT_FALSE(proto.has_failure());
  EXPECT_FALSE(proto.attempts(0).has_started_at());
  EXPECT_FALSE(proto.attempts(0).has_ended_at());
}

TEST(Outgoing, SweepIsComplete) {
  Sweep sweep = testing::SampleSweep();
  v1::SweepSpec spec;
  testing::Fill(&spec, 1);
  sweep.spec_source = spec.ShortDebugString();
  EXPECT_EQ(ToProto(sweep).status().code(), absl::StatusCode::kDataLoss);
  sweep.spec_source = R"({"dataset": {"path": "/d"}})";
  const absl::StatusOr<v1::Sweep> proto = ToProto(sweep);
  ASSERT_TRUE(proto.ok()) << proto.status();
  EXPECT_EQ(proto->spec().dataset().path(), "/d");
  EXPECT_EQ(proto->counts().total(), 21);
  v1::Sweep rest = *proto;
  rest.clear_spec();
  EXPECT_THAT(DefaultFields(rest), ElementsAre("spec"));
}

TEST(Outgoing, ListedSweepsCarryNoSpec) {
  Sweep sweep = testing::SampleSweep();
  sweep.spec_source = "not read";
  const v1::ListSweepsResponse list = ToProto(coordinator::SweepPage{{sweep}, 1});
  EXPECT_THAT(DefaultFields(list.sweeps(0)), ElementsAre("spec", "dropped"));
}

TEST(Outgoing, PreviewIsComplete) {
  const coordinator::SweepPreview preview = {.experiments = {SampleExperiment()},
                                             .costs = {{"e", 1, 2, {{"head", 3, 4, true}}}},
                                             .dropped = {{1, 2, "r"}},
                                             .total_flops = 1,
                                             .estimated_seconds = 2,
                                             .flops_per_second = 3,
                                             .throughput_measured = true,
                                             .slots = 4,
                                             .peak_memory_bytes = 5,
                                             .tokens_needed = 6,
                                             .slot_seconds = 7,
                                             .disk_bytes = 8,
                                             .device_memory_bytes = 9,
                                             .throughput_source = "measured",
                                             .device_kind = "cuda",
                                             .flop_count = "exact",
                                             .flop_totals = {{"six_nd", 10}},
                                             .prior = {1, 2, "o"},
                                             .notes = {"n"},
                                             .sweep_id = "s",
                                             .exists = true,
                                             .cached = 7};
  EXPECT_EQ(DefaultFields(ToProto(preview)), OfTimelines("experiments[0]."));
}

TEST(Outgoing, NextPlanIsCompleteAndHasItsCellsInTheSpec) {
  const coordinator::NextPlan next = {
      .sweep_id = "s",
      .goal = "size",
      .law = "L",
      .target_flops = 1,
      .interval_before = 2,
      .interval_after = 3,
      .total_flops = 4,
      .experiments = {{SampleExperiment(), "1e15@1e6", "r", 1, 2, 3}},
      .notes = {"n"}};
  v1::SweepSpec spec;
  spec.mutable_planner()->mutable_compute()->add_extra_cells("1e14@1e5");
  v1::NextPlan proto = ToProto(next, spec);
  EXPECT_THAT(proto.spec().planner().compute().extra_cells(), ElementsAre("1e14@1e5", "1e15@1e6"));
  proto.clear_spec();
  EXPECT_EQ(DefaultFields(proto), OfTimelines("experiments[0].experiment.", {"spec"}));
}

TEST(Outgoing, WorkerAndOrdersAreComplete) {
  EXPECT_THAT(DefaultFields(ToProto(testing::SampleWorker())), IsEmpty());
  const StoredCheckpoint stored{7, {{"state.pt", "ab", 8}}};
  const Lease lease = {1,
                       2,
                       "s",
                       "e",
                       testing::SamplePlan(),
                       absl::FromUnixSeconds(3),
                       "cpu",
                       stored,
                       "0af7651916cd43dd8448eb211c80319c"};
  const WorkerOrders orders = {
      {lease}, {4, 5}, absl::Seconds(2.5), absl::Seconds(30), absl::Seconds(60)};
  const v1::SynchronizeResponse proto = ToProto(orders);
  EXPECT_THAT(DefaultFields(proto), IsEmpty());
  EXPECT_EQ(proto.next_sync_seconds(), 2.5);
  EXPECT_THAT(proto.settled_attempts(), ElementsAre(4, 5));
}

TEST(Outgoing, AnalysisIsComplete) {
  EXPECT_THAT(DefaultFields(ToProto(testing::SampleAnalysis())), IsEmpty());
}

TEST(Outgoing, AnApproachThatCouldNotBeHadIsAbsent) {
  Analysis analysis = testing::SampleAnalysis();
  analysis.surface.reset();
  analysis.envelope.reset();
  const v1::Fit proto = ToProto(analysis);
  EXPECT_FALSE(proto.has_surface());
  EXPECT_FALSE(proto.has_residuals());
  EXPECT_FALSE(proto.has_envelope());
}

TEST(Outgoing, PredictionsOfEachApproachAreComplete) {
  const Prediction prediction = {1, 2, 3, 4, 5, {6, 7}, {8, 9}, {10, 11}, {13, 14}, 12};
  Prediction other = prediction;
  other.optimal_params = 4;
  const std::vector<MethodPrediction> both = {{"isoflop", prediction}, {"surface", other}};
  const auto response = std::make_pair(std::string("f"), std::vector{both, both});
  const v1::PredictResponse proto = ToProto(response);
  EXPECT_THAT(DefaultFields(proto), IsEmpty());
  ASSERT_EQ(proto.by_method_size(), 2);
  EXPECT_EQ(proto.by_method(1).method(), "surface");
  EXPECT_EQ(proto.by_method(1).predictions_size(), 2);
  EXPECT_EQ(proto.predictions(1).optimal_params(), 2);
}

TEST(Outgoing, PagesAreComplete) {
  const Measurement measurement = {"train", 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const Event event = {1, absl::FromUnixSeconds(2), "s", "e", 3, "leased", "m"};
  EXPECT_THAT(DefaultFields(ToProto(coordinator::MeasurementPage{{measurement}, 9})), IsEmpty());
  EXPECT_EQ(DefaultFields(ToProto(coordinator::ExperimentPage{{SampleExperiment()}, 1})),
            OfTimelines("experiments[0]."));
  EXPECT_THAT(DefaultFields(ToProto(std::vector<Event>{event})), IsEmpty());
  EXPECT_THAT(DefaultFields(ToProto(coordinator::Logs{1, "text", 4, true})), IsEmpty());
  EXPECT_THAT(DefaultFields(ToProto(coordinator::Export{"a,b", "text/csv"})), IsEmpty());
  EXPECT_THAT(DefaultFields(ToProto(coordinator::Deletion{"s", "n", "e", 1, 2, 3, 4, true})),
              IsEmpty());
  const SystemSample sample = {1, absl::FromUnixSeconds(2), "cuda:0", 3, 4, 5, 6};
  EXPECT_THAT(DefaultFields(ToProto(std::vector<SystemSample>{sample})), IsEmpty());
}

TEST(Outgoing, InfoIsComplete) {
  ServerInfo server = {"v", 1, absl::FromUnixSeconds(2), "g", "h", "db", {}};
  EXPECT_EQ(DefaultFields(ToProto(server, coordinator::Statistics{1, 2, 3})),
            std::vector<std::string>{"provisioning"});
  server.provisioning = ProvisioningInfo{"slurm", 1, 2, 3, 4, "m", true};
  EXPECT_THAT(DefaultFields(ToProto(server, coordinator::Statistics{1, 2, 3})), IsEmpty());
}

TEST(Outgoing, LogsAreValidUtf8WhateverTheTrainerWrote) {
  EXPECT_EQ(ToProto(coordinator::Logs{1, "ok \xff\xc3"}).text(), "ok \xef\xbf\xbd\xef\xbf\xbd");
}

}  // namespace
}  // namespace ff::convert
