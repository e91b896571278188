// Whatever the wire says reaches the domain: altering any field of a request alters the
// domain value it becomes, but for the keys that only a client reads.
#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/convert/analysis.h"
#include "server/convert/experiment.h"
#include "server/convert/plan.h"
#include "server/convert/sweep.h"
#include "server/convert/sweep_spec.h"
#include "server/convert/worker.h"
#include "tests/server/convert/reflection.h"

namespace ff::convert {
namespace {

using google::protobuf::util::MessageDifferencer;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

std::string Text(const AnalysisOptions& o) {
  return absl::StrCat(o.method, " ", o.min_r_squared, " ", o.robust, " ", o.enforce_monotonic, " ",
                      o.loss_kind, " ", o.resamples, " ", o.confidence, " ", o.seed, " ",
                      o.leave_one_out, " ", o.expected_exponent, " ", o.exponent_tolerance);
}

std::string Text(const absl::StatusOr<AnalyzeOptions>& options) {
  if (!options.ok()) return options.status().ToString();
  const AnalyzeOptions& o = *options;
  const LawOptions& l = o.law;
  return absl::StrCat(Text(o.profiles), " ", o.isoflop, o.surface, o.envelope, " ",
                      o.budget_tolerance, " ", static_cast<int>(o.budget_compute), " ", o.influence,
                      " ", o.backtest_budgets, " ", static_cast<int>(l.family), " ",
                      static_cast<int>(l.loss), " ", l.huber_delta, " ", l.group_column, " ",
                      l.resamples, " ", static_cast<int>(l.unit), " ", l.calibrated, " ",
                      l.confidence, " ", l.seed, " ", l.min_r_squared, " ", l.expected_exponent,
                      " ", l.exponent_tolerance, " ", l.enforce_monotonic);
}

std::string Text(const SweepSpec& s) {
  const std::string architecture = absl::StrCat(
      s.architecture.d_model_multiple, " ", s.architecture.min_layers, " ",
      s.architecture.max_layers, " ", absl::StrJoin(s.architecture.head_options, "/"), " ",
      s.architecture.aspect_ratio, " ", s.architecture.ffn_ratio, " ", s.architecture.ffn_multiple,
      " ", s.architecture.size_tolerance, " ", s.architecture.heads_per_kv_head);
  return absl::StrCat(
      s.compute.min_flops, " ", s.compute.max_flops, " ", s.compute.num_budgets, " ",
      s.compute.num_model_sizes, " ", s.compute.flop_count, " ", s.grid.min_size, " ",
      s.grid.max_size, " ", s.grid.grid, " ", s.grid.tokens_per_param, " ", s.grid.exponent, " ",
      s.grid.width, " ", s.grid.step, " ", absl::StrJoin(s.compute.extra_cells, "/"), " ",
      s.prior.law, " ", s.prior.sweep, " ", s.prior.coefficient, " ", s.prior.exponent, " ",
      s.tokens.max_steps, " ", s.batch_schedule.rule, " ", s.batch_schedule.base_batch_tokens, " ",
      s.batch_schedule.base_flops, " ", s.batch_schedule.base_tokens, " ", s.batch_schedule.power,
      " ", s.batch_schedule.multiple, " ", s.batch_schedule.min_batch, " ",
      s.batch_schedule.max_batch, " ", s.lr_schedule.base_flops, " ", s.lr_schedule.base_tokens,
      " ", s.lr_schedule.batch_power, " ", s.device_memory_bytes, " ", architecture, " ",
      s.tokens.min_tokens_per_param, " ", s.tokens.max_tokens_per_param, " ", s.tokens.min_steps,
      " ", s.tokens.allow_repeat, " ", s.lr_schedule.rule, " ", s.lr_schedule.base_lr, " ",
      s.lr_schedule.base_size, " ", s.lr_schedule.lr_power, " ", s.dataset.path, " ",
      s.dataset.format, " ", s.dataset.fingerprint, " ", s.dataset.tokens, " ",
      s.phases.warmup_ratio, " ", s.phases.warmup_steps, " ", s.phases.warmup_tokens, " ",
      s.phases.decay_ratio, " ", s.phases.share_stable_phase, " ",
      absl::StrJoin(s.lr_schedule.sweep, "/"), " ", s.assumed_flops_per_second, " ",
      ToProto(s.scheduling).ShortDebugString(), " ", ToProto(s.recipe).ShortDebugString(), " ",
      s.analyze ? Text(absl::StatusOr<AnalyzeOptions>(*s.analyze)) : "");
}

std::string Text(const AttemptReport& a) {
  std::string text =
      absl::StrCat(a.attempt_id, " ", a.epoch, " ", a.state, " ", a.step, " ", a.resumed_from_step,
                   " ", a.checkpoint_step, " ", a.tokens_per_second, " ", a.log, " ", a.device_id,
                   " ", a.memory_bytes, " ", a.utilization, " ");
  for (const Measurement& m : a.measurements) text += ToProto(m).ShortDebugString();
  if (a.result.has_value()) text += ToProto(*a.result).ShortDebugString();
  if (a.failure.has_value()) text += ToProto(*a.failure).ShortDebugString();
  if (a.stored_checkpoint.has_value()) text += ToProto(*a.stored_checkpoint).ShortDebugString();
  return text;
}

std::string Text(const WorkerReport& r) {
  std::string text = absl::StrCat(r.worker.id, " ", r.worker.incarnation, " ", r.worker.name, " ",
                                  r.worker.host, " ", r.worker.pid, " ", r.worker.version, " ",
                                  r.free_slots, " ", absl::StrJoin(r.worker.labels, "/"), " ",
                                  absl::StrJoin(r.worker.modes, "/"), " ", r.worker.draining, " ");
  for (const Device& d : r.worker.devices) text += ToProto(d).ShortDebugString();
  for (const AttemptReport& a : r.attempts) text += Text(a);
  return text;
}

// Paths of the leaves whose change `text_of` does not show.
std::vector<std::string> Unseen(google::protobuf::Message* message,
                                const std::function<std::string()>& text_of) {
  std::vector<std::string> unseen;
  const std::string before = text_of();
  std::unique_ptr<google::protobuf::Message> original(message->New());
  original->CopyFrom(*message);
  std::vector<std::string> changed_paths;
  testing::ForEachLeaf(message, [&](const std::string& path, std::function<void()> change) {
    changed_paths.push_back(path);
  });
  // One fresh copy a leaf, since changing a list invalidates what follows.
  for (size_t i = 0; i < changed_paths.size(); ++i) {
    message->CopyFrom(*original);
    size_t n = 0;
    testing::ForEachLeaf(message, [&](const std::string&, std::function<void()> change) {
      if (n++ == i) change();
    });
    if (text_of() == before) unseen.push_back(changed_paths[i]);
  }
  return unseen;
}

void SetWords(v1::AnalyzerConfig* config) {
  config->mutable_surface()->set_family("tied");
  config->mutable_surface()->set_loss("lad");
  config->mutable_fitting()->set_approach("surface");
  config->mutable_fitting()->set_budget_compute("stored");
  config->mutable_bootstrap()->set_unit("budgets");
  config->mutable_bootstrap()->set_spread("calibrated");
}

v1::SweepSpec FilledSpec(unsigned seed = 7) {
  v1::SweepSpec spec;
  testing::Fill(&spec, seed);
  SetWords(spec.mutable_analyzer());
  return spec;
}

TEST(Incoming, EveryKeyOfASpecReachesThePlanner) {
  v1::SweepSpec spec = FilledSpec();
  const auto text = [&] {
    const absl::StatusOr<SweepSpec> got = FromProto(spec);
    return got.ok() ? Text(*got) : got.status().ToString();
  };
  EXPECT_THAT(Unseen(&spec, text),
              UnorderedElementsAre("planner.output.sweep_path", "trainer.paths.sweep",
                                   "trainer.paths.output", "trainer.resume", "trainer.dataset.path",
                                   "trainer.dataset.format", "trainer.dataset.upload",
                                   "analyzer.paths.output", "analyzer.target_compute",
                                   "analyzer.output.save_fit", "analyzer.output.save_isoflops",
                                   "analyzer.output.generate_configs"));
}

TEST(Incoming, ASpecWithoutAnalyzerLeavesTheChoiceToTheCoordinator) {
  v1::SweepSpec spec = FilledSpec();
  spec.clear_analyzer();
  EXPECT_FALSE(FromProto(spec)->analyze.has_value());
  spec.mutable_analyzer()->mutable_surface()->set_family("spline");
  EXPECT_TRUE(absl::IsInvalidArgument(FromProto(spec).status()));
}

TEST(Incoming, SpecIsKeptAsAskedFor) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const v1::SweepSpec spec = FilledSpec(seed);
    const auto back = ParseSpecSource(FromProto(spec)->source);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(MessageDifferencer::Equals(*back, spec));
  }
}

TEST(Incoming, SpecWithoutDatasetIsRefused) {
  v1::SweepSpec spec = FilledSpec();
  spec.clear_dataset();
  EXPECT_EQ(FromProto(spec).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Incoming, EveryKeyOfTheAnalyzerReachesTheAnalysis) {
  v1::AnalyzerConfig config;
  testing::Fill(&config, 7);
  SetWords(&config);
  EXPECT_THAT(Unseen(&config, [&] { return Text(FromProto(config)); }),
              UnorderedElementsAre("paths.output", "target_compute", "output.save_fit",
                                   "output.save_isoflops", "output.generate_configs"));
}

TEST(Incoming, WordsOfTheAnalyzerThatMeanNothingAreRefused) {
  v1::AnalyzerConfig config;
  config.mutable_surface()->set_family("spline");
  config.mutable_surface()->set_loss("huber");
  EXPECT_TRUE(absl::IsInvalidArgument(FromProto(config).status()));
  config.mutable_surface()->set_family("hoffmann");
  EXPECT_TRUE(FromProto(config).ok());
  config.mutable_surface()->set_loss("sum");
  EXPECT_TRUE(absl::IsInvalidArgument(FromProto(config).status()));
}

v1::SynchronizeRequest FilledRequest() {
  v1::SynchronizeRequest request;
  testing::Fill(&request, 7);
  for (v1::AttemptReport& report : *request.mutable_attempts()) {
    report.set_state("running");
    for (v1::Measurement& m : *report.mutable_measurements()) m.set_kind("train");
  }
  return request;
}

TEST(Incoming, EveryFieldOfAReportReachesTheCoordinator) {
  v1::SynchronizeRequest request = FilledRequest();
  const auto unseen = Unseen(&request, [&]() -> std::string {
    const auto report = FromProto(request);
    return report.ok() ? Text(*report) : report.status().ToString();
  });
  EXPECT_THAT(unseen, IsEmpty());
}

TEST(Incoming, ReportsThatMakeNoSenseAreRefused) {
  const auto refusal = [](const std::function<void(v1::AttemptReport*)>& spoil) {
    v1::SynchronizeRequest request = FilledRequest();
    spoil(request.mutable_attempts(1));
    return FromProto(request).status().ToString();
  };
  EXPECT_THAT(refusal([](auto* r) { r->set_state("dancing"); }), HasSubstr("'dancing' is not one"));
  EXPECT_THAT(refusal([](auto* r) { r->set_state("finished"), r->clear_result(); }),
              HasSubstr("finished without a result"));
  EXPECT_THAT(refusal([](auto* r) { r->set_state("failed"), r->clear_failure(); }),
              HasSubstr("failed without a failure"));
  EXPECT_THAT(refusal([](auto* r) { r->mutable_measurements(0)->set_kind("guess"); }),
              HasSubstr("neither train nor eval"));
  EXPECT_EQ(FromProto(v1::SynchronizeRequest()).status().code(),
            absl::StatusCode::kInvalidArgument);
}

template <typename Message>
void ExpectRoundTrip() {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Message message;
    testing::Fill(&message, seed);
    EXPECT_TRUE(MessageDifferencer::Equals(ToProto(FromProto(message)), message))
        << message.DebugString();
  }
}

TEST(RoundTrip, MessagesThatGoBothWays) {
  ExpectRoundTrip<v1::Measurement>();
  ExpectRoundTrip<v1::Result>();
  ExpectRoundTrip<v1::Failure>();
  ExpectRoundTrip<v1::Device>();
}

TEST(RoundTrip, ExperimentStates) {
  for (int i = 1; i < v1::ExperimentState_ARRAYSIZE; ++i) {
    const auto proto = static_cast<v1::ExperimentState>(i);
    ASSERT_TRUE(FromProto(proto).ok());
    EXPECT_EQ(ToProto(*FromProto(proto)), proto);
  }
  EXPECT_FALSE(FromProto(v1::EXPERIMENT_STATE_UNSPECIFIED).ok());
  EXPECT_FALSE(FromProto(static_cast<v1::ExperimentState>(99)).ok());
}

TEST(ParseExperimentState, TakesWordsOfThePageAndOfTheProto) {
  EXPECT_EQ(ParseExperimentState("running").value(), ExperimentState::kRunning);
  EXPECT_EQ(ParseExperimentState("EXPERIMENT_STATE_FAILED").value(), ExperimentState::kFailed);
  EXPECT_THAT(ParseExperimentState("sleeping").status().message(), HasSubstr("waiting, leased"));
  EXPECT_FALSE(ParseExperimentState("unspecified").ok());
}

}  // namespace
}  // namespace ff::convert
