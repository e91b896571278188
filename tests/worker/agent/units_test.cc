// The agent's parts, each by itself.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/worker/agent/fake_coordinator.h"
#include "tests/worker/checkpoint/temp_folder.h"
#include "worker/agent/attempt.h"
#include "worker/agent/child_process.h"
#include "worker/agent/devices.h"
#include "worker/agent/journal.h"
#include "worker/agent/plan_for_trainer.h"
#include "worker/agent/settings.h"
#include "worker/agent/state_folder.h"
#include "worker/checkpoint/durable.h"

namespace ff::agent {
namespace {

using checkpoint::TempFolder;
using protocol::Report;

protocol::Measurement At(int64_t step, double seconds = 0) {
  protocol::Measurement measurement;
  measurement.step = step, measurement.seconds = seconds;
  return measurement;
}

TEST(JournalTest, WhatWasAppendedIsReadBack) {
  const TempFolder temp;
  Journal journal(temp.path() + "/j");
  EXPECT_TRUE(journal.Read()->reports.empty());
  for (int step : {1, 2, 3}) ASSERT_TRUE(journal.Append(At(step)).ok());
  ASSERT_TRUE(journal.Flush().ok());
  EXPECT_EQ(journal.Read()->reports.size(), 3u);
}

TEST(JournalTest, RewindingDropsWhatComesAfter) {
  const TempFolder temp;
  Journal journal(temp.path() + "/j");
  for (int step : {1, 2, 3}) ASSERT_TRUE(journal.Append(At(step)).ok());
  EXPECT_EQ(journal.RewindTo(2)->reports.size(), 2u);
  ASSERT_TRUE(journal.Append(At(3)).ok());
  EXPECT_EQ(journal.Read()->reports.size(), 3u);
  EXPECT_TRUE(journal.RewindTo(0)->reports.empty());
}

// Symptom: a measurement that the dead agent had not read was missing from the curve.
TEST(JournalTest, WhatTheTrainerRepeatsFillsHoles) {
  const TempFolder temp;
  Journal journal(temp.path() + "/j");
  for (int step : {1, 3}) ASSERT_TRUE(journal.Append(At(step)).ok());
  const auto content = journal.RewindTo(3, {At(1), At(2), At(3), At(4)});
  ASSERT_EQ(content->reports.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(std::get<protocol::Measurement>(content->reports[i]).step, i + 1);
  }
  EXPECT_EQ(journal.Read()->reports.size(), 3u);
}

TEST(JournalTest, SecondsAddUpOverAttempts) {
  const TempFolder temp;
  Journal journal(temp.path() + "/j");
  ASSERT_TRUE(journal.Append(protocol::Started{1, 10, 0}).ok());
  for (int step : {1, 2, 3}) ASSERT_TRUE(journal.Append(At(step, 10.0 * step)).ok());
  ASSERT_TRUE(journal.RewindTo(2).ok());
  ASSERT_TRUE(journal.Append(protocol::Started{2, 10, 2}).ok());
  ASSERT_TRUE(journal.Append(At(3, 5)).ok());
  EXPECT_EQ(journal.Read()->seconds, 25);
}

TEST(JournalTest, AHalfLineIsPassedOver) {
  const TempFolder temp;
  const std::string path = temp.path() + "/j";
  std::ofstream(path) << protocol::ToLine(Report(At(1))) << "\n{\"type\":\"measure";
  EXPECT_EQ(Journal(path).Read()->reports.size(), 1u);
}

TEST(JournalTest, AFullDiskIsSaidSo) {
  Journal journal("/dev/full");
  EXPECT_EQ(journal.Append(At(1)).code(), absl::StatusCode::kResourceExhausted);
}

class AttemptTest : public testing::Test {
 protected:
  AttemptTest() {
    lease_.set_attempt_id(7), lease_.set_epoch(2);
    lease_.set_sweep_id("s"), lease_.set_experiment_id("e");
    *lease_.mutable_plan() = SyntheticPlan(10, 0);
  }
  std::unique_ptr<Attempt> Make() {
    auto attempt = std::make_unique<Attempt>(lease_, temp_.path());
    EXPECT_TRUE(attempt->folder().Make().ok());
    return attempt;
  }
  const TempFolder temp_;
  v1::Lease lease_;
};

TEST_F(AttemptTest, MeasurementsAreSentUntilAcknowledged) {
  const auto attempt = Make();
  ASSERT_TRUE(attempt->OnReport(protocol::Started{7, 10, 0}).ok());
  for (int step : {1, 2, 3}) ASSERT_TRUE(attempt->OnReport(At(step)).ok());
  EXPECT_EQ(attempt->MakeReport(100).measurements_size(), 3);
  EXPECT_EQ(attempt->MakeReport(100).measurements_size(), 3);
  ASSERT_TRUE(attempt->OnReport(At(4)).ok());
  attempt->Acknowledge();
  const v1::AttemptReport report = attempt->MakeReport(100);
  ASSERT_EQ(report.measurements_size(), 1);
  EXPECT_EQ(report.measurements(0).step(), 4);
  EXPECT_EQ(report.step(), 4);
}

TEST_F(AttemptTest, TheEndIsToldWithTheLastMeasurements) {
  const auto attempt = Make();
  ASSERT_TRUE(attempt->OnReport(protocol::Started{7, 10, 0}).ok());
  for (int step : {1, 2, 3}) ASSERT_TRUE(attempt->OnReport(At(step)).ok());
  attempt->Fail("crashed", "it did");
  const v1::AttemptReport first = attempt->MakeReport(2);
  EXPECT_EQ(first.state(), "running");
  EXPECT_FALSE(first.has_failure());
  EXPECT_TRUE(attempt->cut_off());
  attempt->Acknowledge();
  const v1::AttemptReport second = attempt->MakeReport(2);
  EXPECT_EQ(second.state(), "failed");
  EXPECT_EQ(second.failure().kind(), "crashed");
  EXPECT_EQ(second.measurements_size(), 1);
  EXPECT_FALSE(attempt->cut_off());
}

TEST_F(AttemptTest, ALongLogKeepsItsEndAndWhatIsUnderWay) {
  const auto attempt = Make();
  ASSERT_TRUE(attempt->AppendLog("first\n").ok());
  EXPECT_EQ(attempt->MakeReport(1).log(), "first\n");
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(attempt->AppendLog(std::string(999, 'x') + "\n").ok());
  }
  ASSERT_TRUE(attempt->AppendLog("last\n").ok());
  attempt->Acknowledge();
  const std::string rest = attempt->MakeReport(1).log();
  EXPECT_LT(rest.size(), 300000u);
  EXPECT_TRUE(absl::EndsWith(rest, "\nlast\n"));
  EXPECT_EQ(checkpoint::ReadFile(attempt->folder().path() + "/log")->size(), 1000011u);
}

TEST_F(AttemptTest, AFinishedOneIsRecoveredWithItsCurve) {
  {
    const auto attempt = Make();
    ASSERT_TRUE(attempt->OnReport(protocol::Started{7, 10, 0}).ok());
    ASSERT_TRUE(attempt->OnReport(At(1)).ok());
    ASSERT_TRUE(attempt->OnReport(protocol::Finished{1.5, std::nan(""), 10, 640, 10, 1e9, 3}).ok());
  }
  const std::vector<FolderName> names = ListExperimentFolders(temp_.path());
  ASSERT_EQ(names.size(), 1u);
  const auto saved = ExperimentFolder(temp_.path(), "s", "e").LoadFinished();
  ASSERT_TRUE(saved.ok() && saved->has_value()) << saved.status();
  const auto recovered = Attempt::Recovered(names[0], **saved, temp_.path());
  const v1::AttemptReport report = recovered->MakeReport(0);
  EXPECT_EQ(report.state(), "finished");
  EXPECT_EQ(report.attempt_id(), 7);
  EXPECT_EQ(report.epoch(), 2);
  EXPECT_EQ(report.measurements_size(), 1);
  EXPECT_EQ(report.result().final_train_loss(), 1.5);
  EXPECT_TRUE(std::isnan(report.result().final_val_loss()));
  EXPECT_EQ(report.result().train_seconds(), 3);
}

TEST_F(AttemptTest, ASavedReportThatIsDamagedIsAnError) {
  const auto attempt = Make();
  std::ofstream(attempt->folder().path() + "/finished.json") << "{half";
  EXPECT_EQ(attempt->folder().LoadFinished().status().code(), absl::StatusCode::kDataLoss);
}

TEST(FolderNameTest, PathsAreNoNames) {
  EXPECT_TRUE(IsFolderName("0a1b-c_d.e"));
  for (const char* bad : {"", ".", "..", ".x", "a/b", "a b", "a\nb"}) {
    EXPECT_FALSE(IsFolderName(bad)) << bad;
  }
}

TEST(StateFolderTest, OneOwnerAtATime) {
  const TempFolder temp;
  auto first = StateFolder::Open(temp.path());
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = StateFolder::Open(temp.path()).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(absl::StrContains(second.message(), absl::StrCat("pid ", getpid()))) << second;
  const std::string id = (*first)->worker_id();
  first->reset();
  const auto third = StateFolder::Open(temp.path());
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ((*third)->worker_id(), id);
}

TEST(ChildProcessTest, InheritsNothingButItsPipes) {
  const TempFolder temp;
  const std::string program = temp.path() + "/list.sh";
  std::ofstream(program) << "#!/bin/sh\nexec ls /proc/self/fd\n";
  chmod(program.c_str(), 0755);
  const int leak = dup2(0, 77);  // not closed on exec
  ASSERT_EQ(leak, 77);
  const auto child = ChildProcess::Spawn(program);
  ASSERT_TRUE(child.ok()) << child.status();
  std::string text;
  char block[256];
  while (true) {
    struct pollfd ready = {(*child)->stdout_fd(), POLLIN, 0};
    poll(&ready, 1, -1);
    const ssize_t got = read((*child)->stdout_fd(), block, sizeof(block));
    if (got == 0) break;
    if (got > 0) text.append(block, got);
  }
  close(leak);
  EXPECT_EQ(text, "0\n1\n2\n3\n");  // 3: the folder that ls reads
}

TEST(ChildProcessTest, WhatCannotStartSaysWhy) {
  const absl::Status missing = ChildProcess::Spawn("/no/such/program").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(missing.message(), "/no/such/program")) << missing;
  EXPECT_EQ(ChildProcess::Spawn("/etc/passwd").status().code(), absl::StatusCode::kUnavailable);
}

TEST(ChildProcessTest, IsGoneWithItsObject) {
  pid_t pid = 0;
  {
    const auto child = ChildProcess::Spawn("/bin/cat");
    ASSERT_TRUE(child.ok()) << child.status();
    pid = (*child)->pid();
    EXPECT_FALSE((*child)->TryReap().has_value());
  }
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(SettingsTest, TheCommandLineIsRead) {
  const auto arguments =
      ParseArguments({"--config", "a.yaml", "--config=cpu_fast", "name=x", "--exit-when-idle"});
  ASSERT_TRUE(arguments.ok()) << arguments.status();
  EXPECT_EQ(arguments->load.files, (std::vector<std::string>{"a.yaml", "cpu_fast"}));
  EXPECT_EQ(arguments->load.overrides, (std::vector<std::string>{"name=x"}));
  EXPECT_TRUE(arguments->exit_when_idle);
  EXPECT_FALSE(ParseArguments({"--config"}).ok());
  EXPECT_FALSE(ParseArguments({"word"}).ok());
}

TEST(PlanForTrainerTest, EveryFieldHasItsPlace) {
  v1::Plan plan = SyntheticPlan(10, 0.5);
  plan.set_adam_beta1(0.9), plan.set_adam_beta2(0.95), plan.set_seed(3);
  plan.mutable_shape()->set_kv_heads(2), plan.mutable_shape()->set_heads(4);
  plan.mutable_alphas()->set_res_attn_ratio(1.25);
  const protocol::Plan out = PlanForTrainer(plan);
  EXPECT_EQ(out.steps, 10);
  EXPECT_EQ(out.adam_beta1, 0.9);
  EXPECT_EQ(out.adam_beta2, 0.95);
  EXPECT_EQ(out.shape.kv_heads, 2);
  EXPECT_EQ(out.shape.heads, 4);
  EXPECT_EQ(out.alphas.res_attn_ratio, 1.25);
  EXPECT_EQ(out.synthetic.seconds_per_step, 0.5);
}

std::vector<v1::Device> FourGpus() {
  std::vector<v1::Device> gpus(4);
  for (int i = 0; i < 4; ++i) {
    gpus[i].set_id(absl::StrCat("cuda:", i)), gpus[i].set_kind("cuda"), gpus[i].set_name("H200");
    gpus[i].set_memory_bytes(1e11 - i * 1e9), gpus[i].set_slots(8);
  }
  return gpus;
}

TEST(DevicesTest, GpusThatTrainTogetherAreOneDevice) {
  const auto pairs = InGroups(FourGpus(), 2);
  ASSERT_TRUE(pairs.ok() && pairs->size() == 2);
  const v1::Device& second = pairs->at(1);
  EXPECT_EQ(second.id(), "cuda:2,cuda:3");
  EXPECT_EQ(second.name(), "2 x H200");
  EXPECT_EQ(second.memory_bytes(), 97e9);  // of the smallest
  EXPECT_EQ(second.slots(), 1);
  EXPECT_EQ(MembersOf(second), (std::vector<std::string>{"cuda:2", "cuda:3"}));
  EXPECT_EQ(InGroups(FourGpus(), 3)->size(), 1u);
  EXPECT_EQ(InGroups(FourGpus(), 1)->size(), 4u);
  EXPECT_TRUE(absl::IsFailedPrecondition(InGroups(FourGpus(), 5).status()));
}

TEST(DevicesTest, ACpuHasProcessesInThePlaceOfGpus) {
  Settings settings;
  settings.device_kind = "cpu", settings.per_experiment = 2, settings.cpu_slots = 3;
  const auto found = FindDevices(settings);
  ASSERT_TRUE(found.ok() && found->devices.size() == 1);
  EXPECT_EQ(found->devices[0].id(), "cpu,cpu");
  EXPECT_EQ(found->devices[0].slots(), 3);
}

}  // namespace
}  // namespace ff::agent
