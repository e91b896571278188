// What the agent finds out about its host: GPU errors through a stand-in for NVML, self-tests,
// where a trainer hangs; and files on their way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "tests/worker/checkpoint/temp_folder.h"
#include "worker/agent/nvml.h"
#include "worker/agent/self_test.h"
#include "worker/agent/stack.h"
#include "worker/agent/transfers.h"
#include "worker/checkpoint/checkpoint_dir.h"
#include "worker/checkpoint/durable.h"

namespace ff::agent {
namespace {

namespace fs = std::filesystem;
using checkpoint::TempFolder;
using ::testing::HasSubstr;

class NvmlTest : public testing::Test {
 protected:
  NvmlTest() {
    setenv("FF_FAKE_NVML", (temp_.path() + "/events").c_str(), 1);
    unsetenv("CUDA_VISIBLE_DEVICES");
  }
  ~NvmlTest() override { unsetenv("CUDA_VISIBLE_DEVICES"); }
  void Happens(const std::string& line) {
    std::ofstream(temp_.path() + "/events", std::ios::app) << line << "\n";
  }
  const TempFolder temp_;
};

TEST_F(NvmlTest, ALibraryThatIsNotThereIsNoError) {
  EXPECT_EQ(Nvml::Load("libno-such-thing.so.1"), nullptr);
}

TEST_F(NvmlTest, WhatSpeaksAgainstADeviceIsAFault) {
  const auto nvml = Nvml::Load(FF_FAKE_NVML_LIBRARY);
  ASSERT_NE(nvml, nullptr);
  EXPECT_TRUE(nvml->Faults().empty());
  Happens("xid 0 31");  // an illegal access: the program's own doing
  EXPECT_TRUE(nvml->Faults().empty());
  Happens("xid 1 79");
  EXPECT_THAT(nvml->Faults().at(1), HasSubstr("Xid 79"));
  Happens("ecc 0 2");
  EXPECT_EQ(nvml->Faults().at(0), "uncorrectable ECC errors: 2");
}

TEST_F(NvmlTest, HowWarmAndHowBusyADeviceIs) {
  const auto nvml = Nvml::Load(FF_FAKE_NVML_LIBRARY);
  ASSERT_NE(nvml, nullptr);
  const auto conditions = nvml->Conditions();
  EXPECT_EQ(conditions.at(0).temperature_celsius, 61);
  EXPECT_DOUBLE_EQ(conditions.at(0).utilization, 0.4);
  EXPECT_DOUBLE_EQ(conditions.at(0).memory_bytes, 5.0 * (1 << 30));
  EXPECT_EQ(conditions.at(1).temperature_celsius, 0);
  EXPECT_DOUBLE_EQ(conditions.at(1).utilization, 0.41);
}

TEST_F(NvmlTest, DevicesAreNumberedAsCudaSeesThem) {
  setenv("CUDA_VISIBLE_DEVICES", "GPU-one", 1);
  const auto nvml = Nvml::Load(FF_FAKE_NVML_LIBRARY);
  ASSERT_NE(nvml, nullptr);
  Happens("xid 0 79");  // not ours
  Happens("xid 1 48");
  EXPECT_EQ(nvml->Faults().size(), 1u);
  EXPECT_THAT(nvml->Faults().at(0), HasSubstr("Xid 48"));
}

class SelfTestTest : public testing::Test {
 protected:
  std::string Script(const std::string& body) {
    const std::string path = temp_.path() + "/trainer";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    chmod(path.c_str(), 0755);
    return path;
  }
  const TempFolder temp_;
};

TEST_F(SelfTestTest, AWrongAnswerAndAHangAreFaults) {
  EXPECT_EQ(
      SelfTestBy(Script("test \"$1 $2\" = '--self-test cuda:1'"), "cuda:1", absl::Seconds(30)), "");
  EXPECT_THAT(SelfTestBy(Script("echo 'loading' >&2; echo 'cuda:0 says 2 + 2 = 5' >&2; exit 1"),
                         "cuda:0", absl::Seconds(30)),
              HasSubstr("exited with code 1: cuda:0 says 2 + 2 = 5"));
  EXPECT_THAT(SelfTestBy(Script("exec sleep 60"), "cuda:0", absl::Milliseconds(200)),
              HasSubstr("did not end"));
  EXPECT_EQ(
      SelfTestBy(Script("echo 'what is --self-test?' >&2; exit 2"), "cuda:0", absl::Seconds(30)),
      "");
}

TEST_F(SelfTestTest, ThisCpuCanRotate) {
  v1::Device cpu;
  cpu.set_id("cpu"), cpu.set_kind("cpu");
  EXPECT_EQ(SelfTest({}, cpu), "");
}

TEST(StackTest, SaysWhereAProcessStands) {
  const pid_t child = fork();
  if (child == 0) {
    while (true) pause();
  }
  absl::SleepFor(absl::Milliseconds(50));
  EXPECT_THAT(KernelViewOf(child), HasSubstr("state S (sleeping)"));
  EXPECT_FALSE(StackOf(child, absl::Seconds(20)).empty());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

class TransfersTest : public testing::Test {
 protected:
  Transfers::Done Await(Transfers& transfers) {
    for (int i = 0; i < 3000; ++i) {
      const auto done = transfers.Take();
      if (!done.empty()) return done[0];
      absl::SleepFor(absl::Milliseconds(10));
    }
    ADD_FAILURE() << "nothing was done";
    return {};
  }
  std::string Hash(const std::string& content) {
    const std::string path = temp_.path() + "/to_hash";
    EXPECT_TRUE(checkpoint::WriteFileDurably(path, content).ok());
    return transfer::DigestOf(path)->sha256;
  }
  const TempFolder temp_;
  const std::string shared_ = temp_.path() + "/shared";
};

TEST_F(TransfersTest, ACheckpointGoesFromOneHostToAnother) {
  checkpoint::CheckpointDir here(temp_.path() + "/here");
  ASSERT_TRUE(checkpoint::WriteFileDurably(*here.Begin(5) + "/state.pt", "weights").ok());
  const auto written = here.Commit(5);
  ASSERT_TRUE(written.ok()) << written.status();
  const std::string journal = temp_.path() + "/journal";
  ASSERT_TRUE(checkpoint::WriteFileDurably(journal, "a line\n").ok());

  Transfers first(FolderDepot(shared_, nullptr), temp_.path() + "/cache1", 1e9);
  first.BringCheckpoint(7, 5, written->path, journal);
  const Transfers::Done brought = Await(first);
  ASSERT_TRUE(brought.status.ok()) << brought.status;
  EXPECT_EQ(brought.attempt_id, 7);
  EXPECT_EQ(brought.stored.files_size(), 3);  // with its manifest and the journal

  Transfers second(FolderDepot(shared_, nullptr), temp_.path() + "/cache2", 1e9);
  second.FetchCheckpoint(8, brought.stored, temp_.path() + "/there", temp_.path() + "/journal2");
  const Transfers::Done fetched = Await(second);
  ASSERT_TRUE(fetched.status.ok()) << fetched.status;
  const auto found = checkpoint::CheckpointDir(temp_.path() + "/there").LatestGood();
  ASSERT_TRUE(found.ok() && found->newest.has_value());
  EXPECT_EQ(found->newest->step, 5);
  EXPECT_EQ(found->newest->sha256, written->sha256);
  EXPECT_EQ(*checkpoint::ReadFile(found->newest->path + "/state.pt"), "weights");
  EXPECT_EQ(*checkpoint::ReadFile(temp_.path() + "/journal2"), "a line\n");
}

TEST_F(TransfersTest, WhatIsMissingOrDamagedLeavesNothingBehind) {
  Transfers transfers(FolderDepot(shared_, nullptr), temp_.path() + "/cache", 1e9);
  v1::StoredCheckpoint wanted;
  wanted.set_step(5);
  wanted.add_files()->set_name("state.pt");
  wanted.mutable_files(0)->set_sha256(Hash("weights"));
  transfers.FetchCheckpoint(1, wanted, temp_.path() + "/there", temp_.path() + "/journal");
  EXPECT_TRUE(absl::IsNotFound(Await(transfers).status));
  EXPECT_FALSE(fs::exists(temp_.path() + "/there/step_000000005"));
  for (const char* name : {"../../escape", "..", ".hidden", ""}) {
    wanted.mutable_files(0)->set_name(name);
    transfers.FetchCheckpoint(1, wanted, temp_.path() + "/there", temp_.path() + "/journal");
    EXPECT_TRUE(absl::IsInvalidArgument(Await(transfers).status)) << name;
  }
  wanted.mutable_files(0)->set_name("state.pt");
  wanted.mutable_files(0)->set_sha256("../../../etc/passwd");
  transfers.FetchCheckpoint(1, wanted, temp_.path() + "/there", temp_.path() + "/journal");
  EXPECT_TRUE(absl::IsInvalidArgument(Await(transfers).status));
}

TEST_F(TransfersTest, TheCacheKeepsWhatWasUsedLast) {
  const std::string contents[] = {std::string(1000, 'a'), std::string(1000, 'b'),
                                  std::string(1000, 'c')};
  for (const std::string& content : contents) {
    const std::string hash = Hash(content);
    ASSERT_TRUE(checkpoint::MakeFolder(shared_ + "/" + hash.substr(0, 2)).ok());
    ASSERT_TRUE(
        checkpoint::WriteFileDurably(shared_ + "/" + hash.substr(0, 2) + "/" + hash, content).ok());
  }
  Transfers transfers(FolderDepot(shared_, nullptr), temp_.path() + "/cache", 2500);
  for (const std::string& content : contents) {
    transfers.FetchData(1, Hash(content));
    const Transfers::Done done = Await(transfers);
    ASSERT_TRUE(done.status.ok()) << done.status;
    EXPECT_EQ(*checkpoint::ReadFile(done.path), content);
    absl::SleepFor(absl::Milliseconds(20));
  }
  EXPECT_FALSE(fs::exists(temp_.path() + "/cache/" + Hash(contents[0])));
  EXPECT_TRUE(fs::exists(temp_.path() + "/cache/" + Hash(contents[1])));
  EXPECT_TRUE(fs::exists(temp_.path() + "/cache/" + Hash(contents[2])));
}

TEST_F(TransfersTest, OffMeansOff) {
  Transfers transfers(nullptr, temp_.path() + "/cache", 1e9);
  EXPECT_FALSE(transfers.enabled());
  transfers.FetchData(1, Hash("x"));
  EXPECT_TRUE(absl::IsFailedPrecondition(Await(transfers).status));
}

}  // namespace
}  // namespace ff::agent
