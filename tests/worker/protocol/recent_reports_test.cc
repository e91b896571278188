// Symptom: a sweep whose worker was killed had a curve with a hole just before a checkpoint.
#include "worker/protocol/recent_reports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace ff::protocol {
namespace {

Measurement At(int64_t step) { return {step, step * 10, 1e3, 2.5, 1, 0.5, 100, 0.25}; }

TEST(RecentReports, KeepsMeasurementsAndEvaluationsAlone) {
  RecentReports recent;
  recent.Add(At(1));
  recent.Add(Started{7, 100, 0});
  recent.Add(Evaluation{1, 10, 1e3, 2.25, 0.5});
  EXPECT_EQ(recent.reports().size(), 2u);
}

TEST(RecentReports, ComeBackFromTheirTextAsTheyWere) {
  RecentReports recent, again;
  for (int64_t step = 1; step <= 3; ++step) recent.Add(At(step));
  ASSERT_TRUE(again.Restore(recent.ToText()).ok());
  EXPECT_EQ(again.ToText(), recent.ToText());
  EXPECT_EQ(std::get<Measurement>(again.reports()[2]).step, 3);
}

TEST(RecentReports, TheOldestGoFirst) {
  RecentReports recent;
  const auto most = static_cast<int64_t>(RecentReports::kMost);
  for (int64_t step = 1; step <= most + 5; ++step) recent.Add(At(step));
  ASSERT_EQ(recent.reports().size(), RecentReports::kMost);
  EXPECT_EQ(std::get<Measurement>(recent.reports()[0]).step, 6);
}

TEST(RecentReports, HoldMoreThanAPipe) {
  std::string line = ToLine(Report(At(1)));
  EXPECT_GT(RecentReports::kMost * line.size(), 2u * 65536u);
}

TEST(RecentReports, ABrokenLineIsNamedAndChangesNothing) {
  RecentReports recent;
  recent.Add(At(1));
  const absl::Status status = recent.Restore(recent.ToText() + "{\"no\": 1}\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("saved report 2"));
  EXPECT_EQ(recent.reports().size(), 1u);
}

}  // namespace
}  // namespace ff::protocol
