// Commands against a coordinator in the same process: what people and programs read, what
// is asked, which exit code. (Following a sweep: train_test.cc.)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "client/files.h"
#include "tests/client/command_line.h"
#include "tests/client/fake_coordinator.h"

namespace ff::client {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Commands : public testing::Test {
 protected:
  Commands() : fake_(line_.home / "s.sock") {
    line_.env["FFCTL_COORDINATOR"] = fake_.Address();
    line_.env["TZ"] = "UTC";
  }

  Ran Run(const std::vector<std::string>& words) { return line_.Run(words); }

  void PutExperiments() {
    v1::Experiment* done = fake_.experiments.add_experiments();
    done->set_id("aaaa");
    done->set_state(v1::EXPERIMENT_STATE_FINISHED);
    done->set_budget_flops(1e15);
    done->mutable_plan()->set_parameters(1300000);
    done->mutable_result()->set_final_val_loss(3.25);
    done->mutable_result()->set_parameters(1300000);
    done->mutable_result()->set_tokens(26000000);
    v1::Experiment* failed = fake_.experiments.add_experiments();
    failed->set_id("bbbb");
    failed->set_state(v1::EXPERIMENT_STATE_FAILED);
    failed->set_budget_flops(1e14);
    failed->mutable_failure()->set_kind("diverged");
    failed->mutable_failure()->set_message("loss is \x1b[31mnan");
    fake_.experiments.set_total(2);
  }

  CommandLine line_;
  FakeCoordinator fake_;
};

TEST_F(Commands, SweepsAreListed) {
  *fake_.sweeps.add_sweeps() = ExampleSweep(2, 1, v1::SWEEP_STATE_ACTIVE);
  fake_.sweeps.mutable_sweeps(0)->set_name("evil\x1b[2J");
  const Ran ran = Run({"sweep"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, StartsWith("SWEEP     NAME         STATE   FINISHED"));
  EXPECT_THAT(ran.out, HasSubstr("5eep1234  evil\\x1b[2J  active       2/6"));
  EXPECT_THAT(ran.out, HasSubstr("3m12s"));
  EXPECT_EQ(Run({"sweep", "-o", "name"}).out, "5eep1234\n");
  EXPECT_THAT(Run({"sweep", "-o", "csv"}).out, HasSubstr(",192,"));
}

TEST_F(Commands, WhatFitsNoWorkerIsSaidWhereverTheSweepIsShown) {
  v1::Sweep stuck = ExampleSweep(2, 1, v1::SWEEP_STATE_ACTIVE);
  stuck.set_waiting_reason(
      "3 of 3 waiting experiments cannot be placed: no worker is large enough");
  *fake_.sweeps.add_sweeps() = stuck;
  fake_.sweep_history = {stuck};
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"sweep", "list"}, {"sweep", "get"}, {"status"}}) {
    EXPECT_THAT(Run(words).out, HasSubstr(stuck.waiting_reason())) << words.back();
  }
  EXPECT_THAT(Run({"status", "-o", "json"}).out, HasSubstr("no worker is large enough"));
  EXPECT_THAT(Run({"sweep", "get", "-o", "json"}).out, HasSubstr("no worker is large enough"));
  EXPECT_EQ(Run({"sweep", "list", "-o", "name"}).out, "5eep1234\n");
}

TEST_F(Commands, NoSweepsIsNoErrorAndNamesTheNextStep) {
  const Ran ran = Run({"sweep", "list"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("next: ffctl train"));
}

TEST_F(Commands, TheSweepIsTheLatestUnlessNamed) {
  fake_.sweep_history = {ExampleSweep(2, 0, v1::SWEEP_STATE_PAUSED)};
  EXPECT_EQ(Run({"sweep", "get"}).code, 0);
  EXPECT_EQ(Run({"sweep", "pause", "5eep"}).code, 0);
  EXPECT_EQ(Run({"sweep", "resume", "first"}).code, 0);
  EXPECT_THAT(fake_.calls, ElementsAre("GetSweep @latest", "PauseSweep 5eep", "ResumeSweep first"));
}

TEST_F(Commands, CancelAsksAndAScriptMustSayYes) {
  fake_.sweep_history = {ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE)};
  const Ran unconfirmed = Run({"sweep", "cancel"});
  EXPECT_EQ(unconfirmed.code, 2);
  EXPECT_THAT(unconfirmed.err, HasSubstr("--yes"));
  line_.answer = "n\n";
  EXPECT_EQ(Run({"sweep", "cancel"}).code, 130);
  EXPECT_THAT(fake_.calls, Not(Contains("CancelSweep 5eep1234")));
  EXPECT_EQ(Run({"sweep", "cancel", "--yes"}).code, 0);
  EXPECT_THAT(fake_.calls, Contains("CancelSweep 5eep1234"));
}

TEST_F(Commands, AServersErrorKeepsItsTextAndGetsAnExitCode) {
  fake_.errors["GetSweep"] = absl::NotFoundError("no sweep 'x'");
  const Ran ran = Run({"sweep", "get", "x"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(ran.err, "error: no sweep 'x'\n  next: ffctl sweep list   (or first: ffctl train)\n");
  fake_.errors["GetSweep"] = absl::UnavailableError("cannot write the database: disk full");
  const Ran full = Run({"sweep", "get", "x"});
  EXPECT_EQ(full.code, 5);
  EXPECT_THAT(full.err, StartsWith("error: cannot write the database: disk full"));
}

TEST_F(Commands, ACoordinatorThatIsAwayIsNamed) {
  const Ran ran = Run({"sweep", "list", "--coordinator", "unix:" + (line_.home / "nobody.sock")});
  EXPECT_EQ(ran.code, 5);
  EXPECT_THAT(ran.err, HasSubstr("error: no coordinator answers at unix:" + line_.home.path()));
  EXPECT_THAT(ran.err, HasSubstr("next: ffctl status"));
}

TEST_F(Commands, AFlagBeatsTheEnvironmentAndAContextIsANameForAnAddress) {
  line_.env["FFCTL_COORDINATOR"] = "unix:/nowhere";
  EXPECT_EQ(Run({"sweep", "--coordinator", fake_.Address()}).code, 0);
  EXPECT_EQ(Run({"context", "add", "lab", fake_.Address()}).code, 0);
  EXPECT_EQ(Run({"sweep", "--context", "lab"}).code, 0);
  line_.env["FFCTL_COORDINATOR"] = "";
  line_.env["FFCTL_CONTEXT"] = "lab";
  EXPECT_EQ(Run({"sweep"}).code, 0);
  line_.env["FFCTL_CONTEXT"] = "";
  EXPECT_EQ(Run({"context", "use", "lab"}).code, 0);
  EXPECT_EQ(Run({"sweep"}).code, 0);
  EXPECT_THAT(Run({"context"}).out, HasSubstr("*        lab"));
  EXPECT_EQ(Run({"context", "remove", "lab"}).code, 0);
  EXPECT_EQ(Run({"context", "use", "lab"}).code, 3);
  EXPECT_EQ(Run({"context", "add", "x", "nonsense"}).code, 2);
}

TEST_F(Commands, ExperimentsAreFilteredByState) {
  PutExperiments();
  const Ran ran = Run({"exp", "list", "--state", "failed", "--state", "finished"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(fake_.list_request.limit(), 50);
  EXPECT_THAT(fake_.list_request.states(),
              ElementsAre(v1::EXPERIMENT_STATE_FAILED, v1::EXPERIMENT_STATE_FINISHED));
  EXPECT_THAT(ran.out, HasSubstr("aaaa        finished    1e15  1.3M"));
  EXPECT_THAT(ran.out, HasSubstr("3.2500"));
  EXPECT_THAT(ran.out, HasSubstr("diverged: loss is \\x1b[31mnan"));
  EXPECT_EQ(Run({"exp", "list", "--state", "faild"}).code, 2);
}

TEST_F(Commands, PeopleAreToldThatRowsAreMissingAndProgramsGetAll) {
  PutExperiments();
  fake_.experiments.set_total(70);
  EXPECT_THAT(Run({"exp", "list"}).err, HasSubstr("showing 2 of 70; --limit 0 shows all"));
  Run({"exp", "list", "-o", "json"});
  EXPECT_EQ(fake_.list_request.limit(), 0);
  EXPECT_EQ(Run({"exp", "list", "--limit", "-1"}).code, 2);
}

TEST_F(Commands, LogsAreTheTrainersTextWithoutItsTricks) {
  fake_.logs.set_attempt_id(7);
  fake_.logs.set_text("one\ntwo \x1b[2J\nthree\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa"}).out, "one\ntwo \\x1b[2J\nthree\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "--tail", "1"}).out, "three\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "--tail", "9"}).out, "one\ntwo \\x1b[2J\nthree\n");
  EXPECT_EQ(Run({"exp", "logs", "aaaa", "--tail", "x"}).code, 2);
  EXPECT_EQ(fake_.calls.front(), "GetLogs aaaa");
}

TEST_F(Commands, RetryIsForOneOrForAllThatFailed) {
  *fake_.retried.add_experiments() = v1::Experiment();
  fake_.retried.mutable_experiments(0)->set_id("bbbb");
  EXPECT_EQ(Run({"exp", "retry", "bbbb", "-o", "name"}).out, "bbbb\n");
  EXPECT_EQ(fake_.retry_request.experiment(), "bbbb");
  EXPECT_EQ(Run({"exp", "retry", "--failed"}).code, 0);
  EXPECT_EQ(fake_.retry_request.experiment(), "");
  EXPECT_EQ(fake_.retry_request.sweep(), "@latest");
  EXPECT_EQ(Run({"exp", "retry"}).code, 2);
}

TEST_F(Commands, NoWorkerNamesTheCommandThatStartsOne) {
  EXPECT_THAT(Run({"worker"}).err, HasSubstr("ff-worker coordinator=" + fake_.Address()));
  v1::Worker* worker = fake_.workers.add_workers();
  worker->set_id("w1");
  worker->set_host("box");
  worker->set_alive(true);
  v1::Device* device = worker->add_devices();
  device->set_id("cuda:0");
  device->set_slots(1);
  device->set_memory_bytes(80.0 * (1 << 30));
  const Ran ran = Run({"worker", "list"});
  EXPECT_THAT(ran.out, HasSubstr("alive"));
  EXPECT_THAT(ran.out, HasSubstr("cuda:0 (1 slot, 80 GiB)"));
}

TEST_F(Commands, AnalyzePrintsTheLawAndWritesIt) {
  PutExperiments();
  fake_.fit = ExampleFit();
  fake_.exports["scaling_laws_json"] = "{\"n_opt_fit\": {}}\n";
  const Ran ran = Run({"analyze", "target_compute=1e20", "output.generate_configs=true"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("N_opt    0.5000  0.4900 .. 0.5100            0.1"));
  EXPECT_THAT(ran.out, HasSubstr("N_opt = k C^a"));
  EXPECT_THAT(ran.out, HasSubstr("left out: 1e14 (whole budget): its minimum lies at the edge"));
  EXPECT_THAT(ran.out, HasSubstr("warning: isoflop: the exponent is far from 0.5"));
  EXPECT_THAT(ran.out, HasSubstr("1000x")) << "a row far beyond what was measured";
  EXPECT_THAT(ran.out, HasSubstr("At 1e20 FLOPs: 1B parameters on 16.7B tokens"));
  EXPECT_EQ(*ReadFile(line_.home / "outputs/analysis/scaling_laws.json"), "{\"n_opt_fit\": {}}\n");
  EXPECT_EQ(*ReadFile(line_.home / "outputs/analysis/isoflops.csv"),
            "compute_budget,model_size,num_tokens,final_loss,experiment_id\n"
            "1e+15,1300000,26000000,3.25,aaaa\n");
  EXPECT_EQ(fake_.analyze_request.config().fitting().method(), "quadratic");
}

TEST_F(Commands, TheNextPlannerFileIsOneThatPlanReads) {
  fake_.fit = ExampleFit();
  ASSERT_EQ(Run({"analyze", "output.generate_configs=true"}).code, 0);
  fake_.preview.add_experiments()->set_id("e1");
  const Ran ran = Run({"plan", "--config", line_.home / "outputs/analysis/next_planner.yaml",
                       "trainer.mode=synthetic"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const v1::PlannerConfig& planner = fake_.plan_request.spec().planner();
  EXPECT_EQ(planner.compute().min_flops(), 1e16);
  EXPECT_EQ(planner.compute().max_flops(), 1e18);
  EXPECT_EQ(planner.model().grid(), "centred");
  EXPECT_NEAR(planner.model().tokens_per_param(), 16.6667, 1e-3);
}

TEST_F(Commands, AnalyzeWritesOnlyWhatIsAskedFor) {
  fake_.fit = ExampleFit();
  ASSERT_EQ(Run({"analyze", "output.save_fit=false", "output.save_isoflops=false"}).code, 0);
  EXPECT_FALSE(ReadFile(line_.home / "outputs/analysis/scaling_laws.json").ok());
  EXPECT_FALSE(ReadFile(line_.home / "outputs/analysis/isoflops.csv").ok());
  EXPECT_FALSE(ReadFile(line_.home / "outputs/analysis/next_planner.yaml").ok());
}

TEST_F(Commands, TooEarlyNamesTheCommandToRunFirst) {
  fake_.errors["AnalyzeSweep"] = absl::FailedPreconditionError("two budgets are too few");
  const Ran analyze = Run({"analyze"});
  EXPECT_EQ(analyze.code, 1);
  EXPECT_THAT(analyze.err, StartsWith("error: two budgets are too few\n  next: ffctl sweep get"));
  fake_.errors["AnalyzeSweep"] = absl::NotFoundError("there is no sweep yet");
  EXPECT_THAT(Run({"analyze"}).err, HasSubstr("next: ffctl train"));
  fake_.errors["Predict"] = absl::FailedPreconditionError("no fit");
  EXPECT_THAT(Run({"predict", "1e20"}).err, HasSubstr("next: ffctl analyze"));
  EXPECT_THAT(Run({"visualize"}).err, HasSubstr("next: ffctl analyze"));
}

TEST_F(Commands, PredictTakesNumbersOfFlops) {
  const Ran ran = Run({"predict", "1e16", "1e18"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("  1e18  100M  90M .. 110M  1.67B"));
  EXPECT_THAT(ran.out, HasSubstr("2.9000 .. 3.1000"));
  EXPECT_THAT(Run({"predict", "1e18", "-o", "json"}).out,
              HasSubstr("\"optimal_params\": 100000000.0"));
  for (const char* bad : {"many", "0", "nan", "inf"}) {
    EXPECT_EQ(Run({"predict", bad}).code, 2) << bad;
  }
}

TEST_F(Commands, ImportTellsResultsFromPlans) {
  std::ofstream(line_.home / "a.json") << R"([{"experiment_id": "x"}])";
  std::ofstream(line_.home / "b.json") << R"([{"experiment_id": "x", "final_loss": 3}])";
  *fake_.imported.mutable_sweep() = ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED);
  fake_.imported.add_warnings("one run has no loss");
  const Ran ran = Run({"import", "b.json", "a.json", "--name", "old"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("warning: one run has no loss"));
  EXPECT_THAT(fake_.import_request.results_json(), HasSubstr("final_loss"));
  EXPECT_THAT(fake_.import_request.sweep_json(), Not(HasSubstr("final_loss")));
  EXPECT_EQ(fake_.import_request.name(), "old");
  EXPECT_EQ(Run({"import", "a.json", "a.json"}).code, 2);
  EXPECT_EQ(Run({"import", "none.json"}).code, 3);
}

TEST_F(Commands, ExportGoesToStandardOutputOrAFile) {
  fake_.exports["csv"] = "a,b\n1,2\n";
  EXPECT_EQ(Run({"export"}).out, "a,b\n1,2\n");
  EXPECT_EQ(Run({"export", "5eep", "--format", "csv", "--file", "x/runs.csv"}).code, 0);
  EXPECT_EQ(*ReadFile(line_.home / "x/runs.csv"), "a,b\n1,2\n");
  EXPECT_EQ(Run({"export", "--format", "xml"}).code, 2);
}

TEST_F(Commands, StatusOfARemoteCoordinatorIsWhatItSays) {
  fake_.info.set_sweeps(3);
  const Ran ran = Run({"status"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("dashboard    http://127.0.0.1:7411/\n"));
  EXPECT_THAT(ran.out, HasSubstr("sweeps       3\n"));
  fake_.Stop();
  EXPECT_EQ(Run({"status"}).code, 5);
  EXPECT_EQ(Run({"up"}).code, 2) << "nothing to start here";
  EXPECT_EQ(Run({"down"}).code, 2) << "not ours to stop";
}

TEST_F(Commands, StatusOfAPrivateOneThatNeverRanIsNoError) {
  line_.env["FFCTL_COORDINATOR"] = "";
  const Ran ran = Run({"status"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("coordinator  private, not running\n"));
  EXPECT_THAT(ran.out, HasSubstr(line_.home / ".local/state/flops-fit"));
  EXPECT_THAT(Run({"status", "-o", "json"}).out, HasSubstr("\"reachable\": false"));
  EXPECT_THAT(Run({"down"}).err, HasSubstr("nothing was running"));
}

TEST_F(Commands, ConfigShowsValuesAndWhereTheyComeFrom) {
  const Ran ran = Run({"config", "view", "planner", "compute.min_flops=3e12"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("min_flops: 3e12"));
  EXPECT_THAT(ran.out, HasSubstr("command line"));
  EXPECT_THAT(Run({"config", "defaults", "trainer"}).out, HasSubstr("# Peak learning rate."));
  EXPECT_THAT(Run({"config", "view", "planer"}).err, HasSubstr("did you mean 'planner'?"));
}

TEST_F(Commands, CompletionScriptsAskTheProgram) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Ran ran = Run({"completion", shell});
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr("ffctl __complete -- ")) << shell;
  }
  EXPECT_EQ(Run({"completion", "tcsh"}).code, 2);
}

TEST_F(Commands, CompletionKnowsCommandsFlagsChoicesAndLiveIds) {
  const auto complete = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"__complete", "--"});
    return Run(words).out;
  };
  EXPECT_THAT(complete({"sw"}), StartsWith("sweep\t"));
  EXPECT_THAT(complete({"sweep", ""}), HasSubstr("pause\tHold a sweep\n"));
  EXPECT_THAT(complete({"sweep", "list", "--sort"}), HasSubstr("--sort-by\t"));
  EXPECT_THAT(complete({"sweep", "-o", "js"}), HasSubstr("jsonl\t"));
  EXPECT_THAT(complete({"plan", "--preset", "cpu"}), HasSubstr("cpu_fast\t"));
  EXPECT_THAT(complete({""}), Not(HasSubstr("__complete")));
  *fake_.sweeps.add_sweeps() = ExampleSweep(2, 1, v1::SWEEP_STATE_ACTIVE);
  fake_.sweeps.mutable_sweeps(0)->set_name("evil\x1b[2J");
  EXPECT_THAT(complete({"sweep", "pause", "5e"}), HasSubstr("5eep1234\tevil\\x1b[2J, active\n"));
  PutExperiments();
  EXPECT_THAT(complete({"exp", "logs", "--sweep", "5eep1234", "a"}), HasSubstr("aaaa\tfinished\n"));
  EXPECT_EQ(fake_.list_request.sweep(), "5eep1234");
  fake_.workers.add_workers()->set_name("box");
  EXPECT_THAT(complete({"worker", "drain", ""}), HasSubstr("box\t"));
  ASSERT_EQ(Run({"context", "add", "lab", fake_.Address()}).code, 0);
  EXPECT_THAT(complete({"context", "use", ""}), HasSubstr("lab\t"));
}

TEST_F(Commands, ColourIsForTerminalsAndOnDemand) {
  *fake_.sweeps.add_sweeps() = ExampleSweep(2, 1, v1::SWEEP_STATE_ACTIVE);
  EXPECT_THAT(Run({"sweep"}).out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(Run({"sweep", "--color", "always"}).out, HasSubstr("\x1b[1mSWEEP"));
  line_.env["FORCE_COLOR"] = "1";
  EXPECT_THAT(Run({"sweep"}).out, HasSubstr("\x1b"));
  line_.env["NO_COLOR"] = "1";
  EXPECT_THAT(Run({"sweep"}).out, Not(HasSubstr("\x1b")));
}

TEST_F(Commands, VersionAndTimeoutAreChecked) {
  EXPECT_THAT(Run({"version"}).out, StartsWith("ffctl "));
  EXPECT_EQ(Run({"sweep", "--timeout", "soon"}).code, 2);
  EXPECT_EQ(Run({"sweep", "--timeout", "0"}).code, 2);
}

}  // namespace
}  // namespace ff::client
