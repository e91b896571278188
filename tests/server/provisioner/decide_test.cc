#include "server/provisioner/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ff::provisioner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A cluster as it stands, told step by step; the memory goes on from look to look.
class DecideTest : public ::testing::Test {
 protected:
  DecideTest() {
    limits_.min = 0;
    limits_.max = 4;
    limits_.idle = absl::Minutes(5);
    limits_.start = absl::Minutes(10);
  }

  Decision Look(absl::Duration later = absl::Seconds(15)) {
    now_ += later;
    Decision decision = Decide(snapshot_, memory_, limits_, now_);
    memory_ = decision.memory;
    return decision;
  }
  void Pending(const std::string& id, const std::string& reason = "Priority") {
    snapshot_.jobs.push_back({id, JobState::kPending, reason});
  }
  void Running(const std::string& id) { snapshot_.jobs.push_back({id, JobState::kRunning}); }
  // A running job whose worker has called.
  void Worker(const std::string& id, int experiments) {
    Running(id);
    snapshot_.workers.push_back({id, true, false, experiments, experiments > 0, now_});
  }
  void Clear() { snapshot_ = {}; }

  Snapshot snapshot_;
  Memory memory_;
  Limits limits_;
  absl::Time now_ = absl::UnixEpoch() + absl::Hours(400000);
};

TEST_F(DecideTest, NothingWaitsNothingStarts) {
  limits_.min = 2;
  EXPECT_EQ(Look().submit, 0);
}

TEST_F(DecideTest, AsManyAsWaitUpToTheMaximum) {
  snapshot_.waiting = 3;
  EXPECT_EQ(Look().submit, 3);
  snapshot_.waiting = 30;
  EXPECT_EQ(Look().submit, 4);
}

TEST_F(DecideTest, AtLeastTheMinimumWhileThereIsWork) {
  limits_.min = 3;
  snapshot_.waiting = 1;
  EXPECT_EQ(Look().submit, 3);
}

TEST_F(DecideTest, WhatIsInTheQueueCounts) {
  snapshot_.waiting = 3;
  Pending("1_0");
  Running("1_1");
  EXPECT_EQ(Look().submit, 1);
}

TEST_F(DecideTest, WhoTrainsFourAtOnceIsWorthFour) {
  snapshot_.waiting = 8;
  Worker("1_0", 4);
  EXPECT_EQ(Look().submit, 2);
}

TEST_F(DecideTest, AJobOnItsWayOutIsReplacedWithinTheMaximum) {
  snapshot_.waiting = 2;
  Worker("1_0", 1);
  snapshot_.workers.back().leaving = true;
  EXPECT_EQ(Look().submit, 2);
  limits_.max = 2;
  EXPECT_EQ(Look().submit, 1);
}

TEST_F(DecideTest, AnIdleWorkerGoesWhenItsTimeIsOverABusyOneNever) {
  Worker("1_0", 1);
  Worker("1_1", 0);
  EXPECT_THAT(Look().cancel, IsEmpty());
  EXPECT_THAT(Look(absl::Minutes(4)).cancel, IsEmpty());
  EXPECT_THAT(Look(absl::Minutes(1)).cancel, ElementsAre("1_1"));
  EXPECT_THAT(Look(absl::Hours(10)).cancel, IsEmpty()) << "told once";
}

TEST_F(DecideTest, AWorkerThatWorkedInBetweenIsNotIdle) {
  Worker("1_0", 0);
  Look();
  Look(absl::Minutes(4));
  snapshot_.workers[0].running = 1;
  Look();
  snapshot_.workers[0].running = 0;
  EXPECT_THAT(Look(absl::Minutes(4)).cancel, IsEmpty());
}

TEST_F(DecideTest, PendingJobsThatNobodyNeedsGoTheNewestFirst) {
  Worker("1_0", 1);
  Pending("2_0");
  Pending("3_0");
  Look();
  EXPECT_THAT(Look(absl::Minutes(6)).cancel, ElementsAre("3_0", "2_0"));
}

TEST_F(DecideTest, AJobWhoseWorkerNeverCallsIsGivenUp) {
  snapshot_.waiting = 1;
  Running("1_0");
  Look();
  EXPECT_THAT(Look(absl::Minutes(9)).cancel, IsEmpty());
  const Decision decision = Look(absl::Minutes(2));
  EXPECT_THAT(decision.cancel, ElementsAre("1_0"));
  EXPECT_EQ(decision.submit, 0) << "a pause first";
  EXPECT_THAT(decision.why, HasSubstr("slurm.coordinator"));
}

// After a restart workers that are well have been silent for as long as the coordinator was away.
TEST_F(DecideTest, SilenceFromBeforeARestartIsForgiven) {
  Running("1_0");
  snapshot_.workers.push_back({"1_0", false, false, 1, true, now_ - absl::Hours(5)});
  EXPECT_THAT(Look().cancel, IsEmpty());
  EXPECT_THAT(Look(absl::Minutes(9)).cancel, IsEmpty());
  EXPECT_THAT(Look(absl::Minutes(2)).cancel, ElementsAre("1_0"));
}

TEST_F(DecideTest, JobsThatEndAtOnceMakePausesThatDouble) {
  snapshot_.waiting = 1;
  int submitted = 0;
  for (int i = 0; i < 24 * 60 * 4; ++i) {  // a day of looks
    const Decision decision = Look();
    if (decision.submit == 0) continue;
    ++submitted;
    memory_ = Submitted(memory_, {std::to_string(i) + "_0"}, now_);
  }
  EXPECT_LT(submitted, 60);
  EXPECT_GT(submitted, 40) << "it goes on trying";
  EXPECT_THAT(Look().why, HasSubstr("ended before the worker was given anything"));
}

TEST_F(DecideTest, AJobThatWorkedEndsThePauses) {
  snapshot_.waiting = 1;
  memory_.fruitless = 7;
  Worker("1_0", 1);
  Look();
  EXPECT_EQ(memory_.fruitless, 0);
}

// A sweep that no such worker can train must not keep machines idle, nor start new ones for ever.
TEST_F(DecideTest, IdleWorkersThatTakeNothingGoAndAreNotReplacedAtOnce) {
  snapshot_.waiting = 5;
  Worker("1_0", 0);
  limits_.max = 1;
  Look();
  const Decision decision = Look(absl::Minutes(5));
  EXPECT_THAT(decision.cancel, ElementsAre("1_0"));
  Clear();
  snapshot_.waiting = 5;
  const Decision after = Look();
  EXPECT_EQ(after.submit, 0);
  EXPECT_THAT(after.why, HasSubstr("although 5 experiments waited"));
}

TEST_F(DecideTest, ARefusedSubmissionIsTriedAgainLaterAndLater) {
  snapshot_.waiting = 1;
  std::vector<absl::Time> tries;
  while (tries.size() < 5) {
    if (Look(absl::Seconds(1)).submit == 0) continue;
    tries.push_back(now_);
    memory_ = Refused(memory_, "Invalid account", limits_, now_);
  }
  EXPECT_EQ(tries[1] - tries[0], absl::Seconds(10));
  EXPECT_EQ(tries[4] - tries[3], absl::Seconds(80));
  EXPECT_THAT(Look().why, HasSubstr("Invalid account"));
}

TEST_F(DecideTest, WordsForPeople) {
  snapshot_.waiting = 9;
  Worker("1_0", 1);
  Pending("1_1", "Resources");
  Pending("1_2", "Resources");
  EXPECT_EQ(Look().why, "9 experiments waiting, 1 of 4 jobs running, 2 pending (Resources: 2)");
}

}  // namespace
}  // namespace ff::provisioner
