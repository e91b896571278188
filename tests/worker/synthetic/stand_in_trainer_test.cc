#include "worker/synthetic/stand_in_trainer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "tests/worker/checkpoint/temp_folder.h"
#include "tests/worker/synthetic/small_plan.h"
#include "worker/checkpoint/durable.h"

namespace ff::synthetic {
namespace {

using protocol::Report;

// The trainer in a thread, between two pipes.
class StandInTrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(pipe(orders_), 0);
    ASSERT_EQ(pipe(reports_), 0);
    reader_.emplace(reports_[0]), writer_.emplace(orders_[1]);
    thread_ = std::thread([this] { status_ = StandInTrainer(orders_[0], reports_[1], {}).Run(); });
    EXPECT_TRUE(std::holds_alternative<protocol::Hello>(*reader_->NextReport()));
  }
  void TearDown() override {
    EndOrders().IgnoreError();  // each test looks at it where it matters
    for (const int fd : {orders_[0], reports_[0], reports_[1]}) close(fd);
  }
  absl::Status EndOrders() {
    if (thread_.joinable()) {
      close(orders_[1]);
      thread_.join();
    }
    return status_;
  }
  void Start(const protocol::Plan& plan, bool resume = true) {
    Order(protocol::StartOrder{1, plan, "", temp_.path() + "/c", resume, "cpu", 1});
  }
  void Order(const protocol::Order& order) { ASSERT_TRUE(writer_->Write(order).ok()); }
  // Up to the next report of this type; that one is kept last.
  template <class Last>
  std::vector<Report> Until() {
    std::vector<Report> reports;
    do {
      absl::StatusOr<Report> report = reader_->NextReport(absl::Seconds(30));
      if (!report.ok()) {
        ADD_FAILURE() << report.status();
        return {Report(Last{})};
      }
      reports.push_back(*std::move(report));
    } while (!std::holds_alternative<Last>(reports.back()));
    return reports;
  }
  // Loss by step, as reported.
  static std::vector<double> Losses(const std::vector<Report>& reports) {
    std::vector<double> losses;
    for (const Report& report : reports) {
      const auto* measurement = std::get_if<protocol::Measurement>(&report);
      if (measurement != nullptr) losses.push_back(measurement->loss);
    }
    return losses;
  }

  const checkpoint::TempFolder temp_;
  int orders_[2], reports_[2];
  std::optional<protocol::Reader> reader_;
  std::optional<protocol::Writer> writer_;
  absl::Status status_;
  std::thread thread_;
};

TEST_F(StandInTrainerTest, TrainsOneAfterTheOther) {
  Start(SmallPlan(12), /*resume=*/false);
  const std::vector<Report> first = Until<protocol::Finished>();
  EXPECT_EQ(Losses(first).size(), 12u);
  const auto& finished = std::get<protocol::Finished>(first.back());
  EXPECT_EQ(finished.steps, 12);
  EXPECT_EQ(finished.tokens, 768);
  EXPECT_EQ(finished.final_val_loss, Losses(first).back());
  Start(SmallPlan(3), /*resume=*/false);
  EXPECT_EQ(Losses(Until<protocol::Finished>()).size(), 3u);
  EXPECT_TRUE(EndOrders().ok());
}

TEST_F(StandInTrainerTest, StoppedAndResumedTheCurveIsTheSame) {
  protocol::Plan plan = SmallPlan(2000, 0.1);
  plan.checkpoint_every = 100;  // each is half a dozen flushes
  Start(plan, /*resume=*/false);
  const std::vector<double> whole = Losses(Until<protocol::Finished>());
  protocol::Plan slow = plan;
  slow.synthetic.seconds_per_step = 0.001, slow.checkpoint_every = 0;
  checkpoint::RemoveFolder(temp_.path() + "/c").IgnoreError();
  Start(slow);
  Until<protocol::Evaluation>();
  Order(protocol::StopOrder{});
  const int64_t step = std::get<protocol::Stopped>(Until<protocol::Stopped>().back()).step;
  ASSERT_LT(step, 2000);
  Start(plan);
  const std::vector<Report> repeated = Until<protocol::Started>();
  EXPECT_EQ(std::get<protocol::Started>(repeated.back()).resumed_from_step, step);
  EXPECT_EQ(Losses(repeated), std::vector<double>(whole.begin(), whole.begin() + step));
  const std::vector<Report> rest = Until<protocol::Finished>();
  EXPECT_EQ(Losses(rest), std::vector<double>(whole.begin() + step, whole.end()));
}

TEST_F(StandInTrainerTest, ACheckpointIsWrittenWhenAskedFor) {
  protocol::Plan plan = SmallPlan(100000);
  plan.synthetic.seconds_per_step = 0.001, plan.checkpoint_every = 0;
  Start(plan);
  Until<protocol::Measurement>();
  Order(protocol::CheckpointOrder{});
  const auto reports = Until<protocol::CheckpointWritten>();
  const auto& written = std::get<protocol::CheckpointWritten>(reports.back());
  const auto found = checkpoint::CheckpointDir(temp_.path() + "/c").LatestGood();
  ASSERT_TRUE(found.ok() && found->newest);
  EXPECT_EQ(found->newest->sha256, written.sha256);
}

TEST_F(StandInTrainerTest, ABadPlanIsRefusedAndTheNextIsWelcome) {
  protocol::Plan bad = SmallPlan(5);
  bad.tokens += 1;
  Start(bad);
  const auto failed = std::get<protocol::Failed>(Until<protocol::Failed>().back());
  EXPECT_EQ(failed.kind, "bad_plan");
  EXPECT_TRUE(absl::StrContains(failed.message, "321")) << failed.message;
  Start(SmallPlan(5));
  Until<protocol::Finished>();
}

TEST_F(StandInTrainerTest, TheEndOfOrdersEndsItInMidTraining) {
  protocol::Plan plan = SmallPlan(100000);
  plan.synthetic.seconds_per_step = 0.01;
  Start(plan);
  Until<protocol::Measurement>();
  EXPECT_TRUE(EndOrders().ok());
}

TEST_F(StandInTrainerTest, AnOrderThatMakesNoSenseEndsIt) {
  ASSERT_EQ(write(orders_[1], "what?\n", 6), 6);
  EXPECT_EQ(EndOrders().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ff::synthetic
