// ffctl plan against a coordinator in the same process: what it shows, how it compares.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <utility>

#include "client/files.h"
#include "conf/load/load.h"
#include "tests/client/command_line.h"
#include "tests/client/fake_coordinator.h"

namespace ff::client {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

class Plans : public testing::Test {
 protected:
  Plans() : fake_(line_.home / "s.sock") { line_.env["FFCTL_COORDINATOR"] = fake_.Address(); }

  Ran Run(const std::vector<std::string>& words) { return line_.Run(words); }

  void PutPreview() {
    v1::Experiment* experiment = fake_.preview.add_experiments();
    experiment->set_id("e1");
    experiment->set_budget_flops(1e15);
    v1::Plan* plan = experiment->mutable_plan();
    plan->mutable_shape()->set_layers(4);
    plan->mutable_shape()->set_d_model(128);
    plan->mutable_shape()->set_heads(2);
    plan->set_parameters(1300000);
    plan->set_tokens(26000000);
    plan->set_steps(1587);
    plan->set_batch_size(64);
    plan->set_flops_chinchilla(1.25e15);
    plan->set_learning_rate(1);
    plan->set_scheduler("wsd"), plan->set_warmup_steps(40), plan->set_decay_steps(317);
    plan->set_estimated_memory_bytes(210e6);
    v1::DroppedCell* dropped = fake_.preview.add_dropped();
    dropped->set_budget_flops(1e15);
    dropped->set_target_parameters(5e5);
    dropped->set_reason("40M tokens are more than the dataset's 39M");
    fake_.preview.set_total_flops(1e15);
    fake_.preview.set_estimated_seconds(192);
    fake_.preview.set_flops_per_second(5e10);
    fake_.preview.set_slots(2);
    fake_.preview.set_peak_memory_bytes(210e6);
    fake_.preview.set_tokens_needed(26e6);
    fake_.preview.set_slot_seconds(384);
    fake_.preview.set_device_memory_bytes(8.0 * (1 << 30));
    fake_.preview.set_disk_bytes(47.0 * (1 << 20));
    fake_.preview.set_throughput_source("assumed: planner.estimate.flops_per_second");
    fake_.preview.set_flop_count("six_nd");
    for (const auto& [count, flops] : {std::pair("six_nd", 1e15), std::pair("exact", 1.1e15)}) {
      v1::FlopTotal* total = fake_.preview.add_flop_totals();
      total->set_flop_count(count);
      total->set_flops(flops);
    }
    v1::ExperimentCost* cost = fake_.preview.add_costs();
    cost->set_experiment_id("e1");
    cost->set_seconds(100);
    v1::FlopTerm* term = cost->add_terms();
    term->set_name("head");
    term->set_forward(2e5);
    term->set_training(6e5);
    fake_.preview.mutable_prior()->set_coefficient(0.09);
    fake_.preview.mutable_prior()->set_exponent(0.5);
    fake_.preview.mutable_prior()->set_origin("a paper");
    fake_.preview.add_notes("mind this");
  }

  CommandLine line_;
  FakeCoordinator fake_;
};

TEST_F(Plans, PlanShowsWhatIsTrainedWhatIsNotAndTheCost) {
  PutPreview();
  const Ran ran = Run({"plan", "mode=synthetic"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out,
            "BUDGET  EXPERIMENT     N  SHAPE    TOKENS  D/N  STEPS  BATCH  LR   TIME   MEMORY\n"
            "  1e15  e1          1.3M  4x128x2     26M   20   1587     64   1  1m40s  200 MiB\n"
            "\n"
            "BUDGET     N  LEFT OUT BECAUSE\n"
            "  1e15  500K  40M tokens are more than the dataset's 39M\n"
            "\n"
            "1 experiment at 1 budget, 1e15 FLOPs in all (six_nd)\n"
            "counted otherwise: 1.1e15 exact\n"
            "about 3m12s on 2 slots (0.107 slot-hours) at 5e10 FLOP/s each (assumed: "
            "planner.estimate.flops_per_second)\n"
            "at most 200 MiB of memory a trainer, of 8 GiB; 47 MiB of disk for checkpoints\n"
            "the largest experiment reads 26M tokens\n"
            "learning rate 1, wsd after 40 steps of warm-up, falling in the last 317\n"
            "sizes lie round N = 0.09 C^0.5: a paper\n"
            "note: mind this\n");
  EXPECT_EQ(ran.err, "wrote outputs/sweep.json\n");
  EXPECT_THAT(*ReadFile(line_.home / "outputs/sweep.json"), HasSubstr("\"experiment_id\": \"e1\""));
  EXPECT_EQ(fake_.plan_request.spec().trainer().mode(), "synthetic");
}

TEST_F(Plans, PlanForProgramsIsJson) {
  PutPreview();
  const Ran ran = Run({"plan", "mode=synthetic", "-o", "json"});
  EXPECT_THAT(ran.out, StartsWith("{\n  \"apiVersion\": \"ff/v1\""));
  EXPECT_THAT(ran.out, HasSubstr("\"tokens\": 26000000"));
  EXPECT_EQ(Run({"plan", "mode=synthetic", "-o", "name"}).out, "e1\n");
}

TEST_F(Plans, AWidePlanHasEveryCountAndTerm) {
  PutPreview();
  const Ran ran = Run({"plan", "mode=synthetic", "-o", "wide"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("CHINCHILLA"), HasSubstr("1.25e15")));
  EXPECT_THAT(ran.out, HasSubstr("FLOP of training a token, by term:\n"
                                 "SHAPE       N  HEAD\n"
                                 "4x128x2  1.3M   6e5\n"));
  EXPECT_THAT(Run({"plan", "mode=synthetic", "-o", "csv"}).out, HasSubstr("chinchilla"));
}

TEST_F(Plans, ADiffSaysByItsExitCodeWhetherThereIsAnythingNew) {
  PutPreview();
  fake_.experiments.add_experiments()->set_id("e1");
  Ran ran = Run({"plan", "mode=synthetic", "--diff", "5eep"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "0 to add, 0 in sweep 5eep alone, 1 the same\n");
  EXPECT_FALSE(ReadFile(line_.home / "outputs/sweep.json").ok());
  EXPECT_THAT(fake_.calls, Contains(HasSubstr("ListExperiments")));

  fake_.experiments.mutable_experiments(0)->set_id("old");
  ran = Run({"plan", "mode=synthetic", "--diff", "5eep"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("+         1e15  e1"), HasSubstr("old")));
  EXPECT_THAT(ran.out, HasSubstr("1 to add, 1 in sweep 5eep alone, 0 the same\n"));
  EXPECT_EQ(Run({"plan", "mode=synthetic", "--diff", "5eep", "-o", "name"}).out, "e1\n");
  EXPECT_THAT(Run({"plan", "mode=synthetic", "--diff", "5eep", "-o", "json"}).out,
              HasSubstr("\"removed\": [\n    \"old\"\n  ]"));

  fake_.errors["ListExperiments"] = absl::NotFoundError("no sweep 'x'");
  ran = Run({"plan", "mode=synthetic", "--diff", "x"});
  EXPECT_EQ(ran.code, 255);
  EXPECT_THAT(ran.err, HasSubstr("no sweep 'x'"));
}

TEST_F(Plans, NextShowsWhatToTrainAndWritesAPresetThatPlansIt) {
  const conf::LoadOptions synthetic{.overrides = {"trainer.mode=synthetic"}};
  const v1::FlopsFitConfig config = *conf::LoadConfig(synthetic);
  *fake_.next.mutable_spec()->mutable_planner() = config.planner();
  *fake_.next.mutable_spec()->mutable_trainer() = config.trainer();
  fake_.next.mutable_spec()->mutable_planner()->mutable_compute()->add_extra_cells("1e15@3.2e6");
  fake_.next.set_sweep_id("5eep");
  fake_.next.set_target_flops(1e18);
  fake_.next.set_goal("size");
  fake_.next.set_law("L = 1.7 + 40/N^0.34 + 55/D^0.34");
  fake_.next.set_interval_before(0.31);
  fake_.next.set_interval_after(0.17);
  fake_.next.add_notes("all is well");
  v1::NextExperiment* next = fake_.next.add_experiments();
  next->mutable_experiment()->set_id("new1");
  next->mutable_experiment()->set_budget_flops(1e15);
  next->mutable_experiment()->mutable_plan()->set_parameters(3200000);
  next->mutable_experiment()->mutable_plan()->set_tokens(52000000);
  next->set_reason("shrinks the interval");
  next->set_interval_before(0.31);
  next->set_interval_after(0.17);
  next->set_shrinkage(0.452);
  const Ran ran =
      Run({"plan", "--next", "5eep", "--flops", "1e18", "--count", "3", "--goal", "size"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(fake_.next_request.sweep(), "5eep");
  EXPECT_EQ(fake_.next_request.target_flops(), 1e18);
  EXPECT_EQ(fake_.next_request.count(), 3);
  EXPECT_THAT(ran.out, AllOf(HasSubstr("new1"), HasSubstr("\u00b131 %"), HasSubstr("45.2 %")));
  EXPECT_THAT(ran.out, HasSubstr("interval of the best size at 1e18 FLOP: \u00b131 % now, "
                                 "\u00b117 % with these"));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("note: all is well"), HasSubstr("wrote outputs/next.yaml")));
  const auto read = conf::LoadConfig({.files = {line_.home / "outputs/next.yaml"}});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->planner().compute().extra_cells(0), "1e15@3.2e6");
  EXPECT_EQ(read->trainer().mode(), "synthetic");
}

// A spec kept from before there were priors and batch rules still becomes a preset that reads.
TEST_F(Plans, NextOfAnOldSweepReadsBack) {
  const v1::FlopsFitConfig config = *conf::LoadConfig({.overrides = {"trainer.mode=synthetic"}});
  v1::SweepSpec& spec = *fake_.next.mutable_spec();
  *spec.mutable_planner() = config.planner();
  *spec.mutable_trainer() = config.trainer();
  spec.mutable_planner()->clear_prior();
  spec.mutable_planner()->clear_batch_schedule();
  spec.mutable_planner()->mutable_tokens()->set_max_steps(0);
  spec.mutable_planner()->mutable_lr_schedule()->set_base_flops(0);
  spec.mutable_planner()->mutable_lr_schedule()->set_base_tokens(0);
  fake_.next.add_experiments()->mutable_experiment()->set_id("new1");
  ASSERT_EQ(Run({"plan", "--next"}).code, 0);
  EXPECT_EQ(fake_.next_request.sweep(), "@latest");
  const auto read = conf::LoadConfig({.files = {line_.home / "outputs/next.yaml"}});
  EXPECT_TRUE(read.ok()) << read.status();
}

TEST_F(Plans, NextRefusesWhatItDoesNotRead) {
  EXPECT_EQ(Run({"plan", "--next", "compute.max_flops=1"}).code, 2);
  EXPECT_EQ(Run({"plan", "--next", "--flops", "-1"}).code, 2);
  EXPECT_EQ(Run({"plan", "--next", "--count", "none"}).code, 2);
  EXPECT_EQ(Run({"plan", "--next", "--goal", "fame"}).code, 2);
  EXPECT_EQ(Run({"plan", "mode=synthetic", "--flops", "1e18"}).code, 2);
}

TEST_F(Plans, AnUnwritablePlanFileIsAnErrorAndLeavesNothing) {
  PutPreview();
  std::ofstream(line_.home / "file") << "x";
  const Ran ran = Run({"plan", "mode=synthetic", "output.sweep_path=file/sweep.json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("file"));
}

}  // namespace
}  // namespace ff::client
