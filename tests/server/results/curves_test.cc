// Runs that come with their training curves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "server/results/read_runs.h"

namespace ff::results {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<double> LossesOf(const RunFile& file, int run) {
  std::vector<double> losses;
  for (const CurvePoint& point : file.curves.points) {
    if (point.run == run) losses.push_back(point.loss);
  }
  return losses;
}

TEST(Curves, RowsWithAStepAreTheCurveOfTheirRun) {
  const auto file = ReadCsvRuns("c.csv",
                                FromText("run_id,step,params_n,tokens_d,loss,corpus\n"
                                         "a,10,1e6,1e6,5,web\n"
                                         "b,10,2e6,1e6,6,code\n"
                                         "a,20,1e6,2e6,4,web\n"
                                         "b,20,2e6,2e6,3,code\n"
                                         "a,15,1e6,1.5e6,4.5,web\n"),
                                {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.run_id, ElementsAre("a", "b"));
  EXPECT_THAT(file->table.tokens, ElementsAre(2e6, 2e6)) << "the last point's, wherever it stands";
  EXPECT_THAT(file->table.loss, ElementsAre(4, 3));
  EXPECT_THAT(file->table.compute, ElementsAre(1.2e13, 2.4e13));
  EXPECT_THAT(file->table.groups[0].codes, ElementsAre(0, 1));
  ASSERT_EQ(file->curves.runs.size(), 2u);
  EXPECT_EQ(file->curves.runs[1].parameters, 2e6);
  EXPECT_THAT(LossesOf(*file, 0), ElementsAre(5, 4, 4.5));
  EXPECT_EQ(file->curves.points[0].flops, 6e12);
  EXPECT_THAT(file->notes, Contains(HasSubstr("rows of one run (column step)")));
}

TEST(Curves, WithoutAStepTheyAreAskedFor) {
  const char text[] = "run_id,params_n,flops_c,loss\na,1e6,6e12,5\na,1e6,1.2e13,4\n";
  const auto plain = ReadCsvRuns("c.csv", FromText(text), {});
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->table.size(), 2u) << "a repeated id is the screening's matter";
  EXPECT_THAT(plain->curves.runs, IsEmpty());
  ReadOptions options;
  options.curves = true;
  const auto file = ReadCsvRuns("c.csv", FromText(text), options);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->table.size(), 1u);
  EXPECT_THAT(LossesOf(*file, 0), ElementsAre(5, 4));
  EXPECT_EQ(file->curves.points[1].tokens, 2e6);
  const auto nameless = ReadCsvRuns("c.csv", FromText("N,D,loss\n1,2,3\n"), options);
  EXPECT_THAT(std::string(nameless.status().message()), HasSubstr("c.csv:1:1: no column run_id"));
}

TEST(Curves, ARunThatFailedIsLeftOutWithItsCurve) {
  const auto file = ReadCsvRuns("c.csv",
                                FromText("run_id,step,params_n,tokens_d,loss,status,seed\n"
                                         "a,1,1e6,1e6,5,running,1\n"
                                         "b,1,1e6,1e6,5,running,2\n"
                                         "a,2,1e6,2e6,nan,failed,1\n"
                                         "a,3,1e6,3e6,nan,failed,1\n"
                                         "c,1,1e6,1e6,6,running,3\n"),
                                {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.run_id, ElementsAre("b", "c"));
  ASSERT_EQ(file->excluded.size(), 1u);
  EXPECT_EQ(file->excluded[0].run_id, "a");
  ASSERT_EQ(file->curves.runs.size(), 2u);
  EXPECT_EQ(file->curves.runs[1].run_id, "c");
  EXPECT_THAT(LossesOf(*file, 1), ElementsAre(6));
  for (const GroupColumn& group : file->table.groups) EXPECT_EQ(group.codes.size(), 2u);
}

TEST(Curves, ACurveIsOfOneModel) {
  const auto file = ReadCsvRuns(
      "c.csv", FromText("run_id,step,params_n,tokens_d,loss\na,1,1e6,1e6,5\na,2,2e6,2e6,4\n"), {});
  EXPECT_THAT(std::string(file.status().message()), HasSubstr("c.csv:3:1: run a has N = 2"));
}

TEST(Curves, JsonHasThemAsPoints) {
  const auto file = ReadJsonRuns("c.json", FromText(R"([
    {"run_id": "a", "params_n": 1e6, "curve": [
       {"step": 1, "tokens_d": 1e6, "loss": 5}, {"loss": 4, "tokens_d": 2e6, "note": "x"},
       {"tokens_d": 3e6, "loss": NaN}, {"tokens_d": 4e6, "loss": 3}]},
    {"run_id": "b", "params_n": 2e6, "tokens_d": 7e6, "loss": 2.5, "curve": [
       {"tokens_d": 1e6, "loss": 6}, {"tokens_d": 6e6, "loss": 2.75}]},
    {"run_id": "c", "params_n": 2e6, "tokens_d": 1e6, "loss": 9, "curve": null}])"),
                                 {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.tokens, ElementsAre(4e6, 7e6, 1e6));
  EXPECT_THAT(file->table.loss, ElementsAre(3, 2.5, 9)) << "the row's own word counts";
  ASSERT_EQ(file->curves.runs.size(), 2u);
  EXPECT_EQ(file->curves.points.size(), 6u);
  EXPECT_TRUE(std::isnan(file->curves.points[2].loss));
  EXPECT_EQ(file->curves.points[1].flops, 1.2e13);
  EXPECT_THAT(LossesOf(*file, 1), ElementsAre(6, 2.75));
}

TEST(Curves, JsonHasThemAsColumns) {
  const auto file = ReadJsonRuns("c.json", FromText(R"({"runs": [{"id": "a", "n": 1e6,
        "Curve": {"flops": [6e12, 1.2e13], "loss": [5, 4], "lr": [0.1, 0.2]}}]})"),
                                 {});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.compute, ElementsAre(1.2e13));
  EXPECT_THAT(LossesOf(*file, 0), ElementsAre(5, 4));
  EXPECT_EQ(file->curves.points[0].tokens, 1e6);
}

TEST(Curves, WhatIsNoCurveIsRefusedWithItsPlace) {
  const auto error = [](const std::string& curve) {
    const auto file = ReadJsonRuns(
        "c.json",
        FromText("[{\"params_n\": 1, \"tokens_d\": 2, \"loss\": 3,\n\"curve\": " + curve + "}]"),
        {});
    return std::string(file.status().message());
  };
  for (const char* bad :
       {"[1, 2]", "[[1, 2]]", "{\"loss\": 3}", "[{\"loss\": [3]}]", "{\"loss\": {\"x\": 1}}"}) {
    EXPECT_THAT(error(bad), HasSubstr("a curve is a list of points")) << bad;
    EXPECT_THAT(error(bad), HasSubstr("c.json:2:")) << bad;
  }
  EXPECT_THAT(error("[{\"step\": 1, \"loss\": 3}]"), HasSubstr("has no tokens_d or flops_c"));
  EXPECT_THAT(error("[{\"tokens_d\": 1}]"), HasSubstr("has no loss"));
  EXPECT_EQ(error("[]"), "");
  EXPECT_EQ(error("7"), "");
}

}  // namespace
}  // namespace ff::results
