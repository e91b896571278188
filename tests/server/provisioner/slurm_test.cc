// Slurm's words, and its commands played by scripts.
#include "server/provisioner/slurm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/status/status.h"
#include "tests/server/storage/samples.h"

namespace ff::provisioner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseQueue, OursAloneWithTheirStates) {
  const auto jobs = ParseQueue(
      "12_0|RUNNING|flops-fit:1|None\n12_1|PENDING|flops-fit:1|Resources\n"
      "13_0|RUNNING|flops-fit:2|None\n14|COMPLETING|flops-fit:1|NonZeroExitCode\n"
      "15|PENDING|(null)|BeginTime\n16_2|REQUEUE_HOLD|flops-fit:1|launch failed | held\n",
      "flops-fit:1");
  ASSERT_TRUE(jobs.ok()) << jobs.status();
  ASSERT_EQ(jobs->size(), 4u);
  EXPECT_EQ((*jobs)[0].id, "12_0");
  EXPECT_EQ((*jobs)[0].state, JobState::kRunning);
  EXPECT_EQ((*jobs)[1].state, JobState::kPending);
  EXPECT_EQ((*jobs)[1].reason, "Resources");
  EXPECT_EQ((*jobs)[2].state, JobState::kEnding);
  EXPECT_EQ((*jobs)[3].state, JobState::kPending);
  EXPECT_EQ((*jobs)[3].reason, "launch failed | held");
}

TEST(ParseQueue, ALineThatIsNoJobIsAnErrorNotAnEmptyQueue) {
  EXPECT_FALSE(ParseQueue("slurm_load_jobs error: Unable to contact\n", "x").ok());
  EXPECT_TRUE(ParseQueue("", "x")->empty());
}

TEST(ParseSubmitted, TasksOfTheArray) {
  EXPECT_THAT(*ParseSubmitted("123\n", 2), ElementsAre("123_0", "123_1"));
  EXPECT_THAT(*ParseSubmitted("Welcome!\n123;cluster\n", 1), ElementsAre("123_0"));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseSubmitted("nothing\n", 1).status()));
}

class SlurmTest : public ::testing::Test {
 protected:
  SlurmTest() : path_(std::getenv("PATH")) {
    setenv("PATH", (dir_.File("") + ":" + path_).c_str(), 1);
    options_.job_name = "ff-worker";
    options_.mark = "flops-fit:1";
    options_.partition = "gpu";
    options_.sbatch = {"--time=4:00:00"};
    options_.script = "/s/worker.sbatch";
    options_.folder = "/shared/jobs";
    options_.worker_program = "/opt/ff-worker";
    options_.coordinator = "head:7410";
    options_.labels = {"pool=a", "b"};
    options_.worker = {"devices.kind=cuda"};
  }
  ~SlurmTest() override { setenv("PATH", path_.c_str(), 1); }

  // A command that notes its arguments, one a line, and does this.
  void Play(const std::string& name, const std::string& body) {
    const std::string path = dir_.File(name);
    std::ofstream(path) << "#!/bin/sh\nprintf '%s\\n' \"$@\" >" << dir_.File(name + ".args") << "\n"
                        << body << "\n";
    chmod(path.c_str(), 0755);
  }
  std::string Arguments(const std::string& name) {
    std::stringstream text;
    text << std::ifstream(dir_.File(name + ".args")).rdbuf();
    return text.str();
  }

  storage::TempDir dir_;
  const std::string path_;
  SlurmOptions options_;
};

TEST_F(SlurmTest, SubmitsAnArrayOfWorkers) {
  Play("sbatch", "echo 77");
  EXPECT_THAT(*Slurm(options_).Submit(3), ElementsAre("77_0", "77_1", "77_2"));
  EXPECT_EQ(Arguments("sbatch"),
            "--parsable\n--partition=gpu\n--time=4:00:00\n--job-name=ff-worker\n"
            "--comment=flops-fit:1\n--array=0-2\n--chdir=/shared/jobs\n"
            "--output=/shared/jobs/%A_%a.log\n/s/worker.sbatch\n--worker\n/opt/ff-worker\n"
            "--state\n/shared/jobs\n--no-requeue\ncoordinator=head:7410\nlabels=[pool=a,b]\n"
            "devices.kind=cuda\n");
}

TEST_F(SlurmTest, NoArrayIsLargerThanClustersAllow) {
  Play("sbatch", "echo 77");
  EXPECT_EQ(Slurm(options_).Submit(5000)->size(), 1000u);
  EXPECT_THAT(Arguments("sbatch"), HasSubstr("--array=0-999\n"));
}

TEST_F(SlurmTest, WhatSbatchSaysReachesTheUser) {
  Play("sbatch", "echo 'sbatch: error: Batch job submission failed: Invalid account' >&2; exit 1");
  const absl::Status status = Slurm(options_).Submit(1).status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("Invalid account"));
}

TEST_F(SlurmTest, AControllerThatIsAwayIsNoEmptyQueue) {
  Play("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
  const absl::Status status = Slurm(options_).List().status();
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("Unable to contact slurm controller"));
}

TEST_F(SlurmTest, CancelsByIdAndCallsNobodyForNothing) {
  EXPECT_TRUE(Slurm(options_).Cancel({}).ok());
  Play("scancel", "exit 0");
  EXPECT_TRUE(Slurm(options_).Cancel({"77_1", "78_0"}).ok());
  EXPECT_EQ(Arguments("scancel"), "--quiet\n77_1\n78_0\n");
}

TEST_F(SlurmTest, SlurmThatIsNotInstalled) {
  setenv("PATH", dir_.File("").c_str(), 1);
  const absl::Status status = Slurm(options_).List().status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("install Slurm's commands"));
}

}  // namespace
}  // namespace ff::provisioner
