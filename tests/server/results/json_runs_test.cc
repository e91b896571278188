// JSON files of runs: flops-fit's results.json, lists with CSV's names, objects round a list.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/results/read_runs.h"

namespace ff::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

absl::StatusOr<RunFile> Read(const std::string& text, const ReadOptions& options = {}) {
  return ReadJsonRuns("runs.json", FromText(text), options);
}

std::string ErrorOf(const std::string& text, const ReadOptions& options = {}) {
  const absl::Status status = Read(text, options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(JsonRuns, AListWithTheNamesOfTheCsv) {
  const auto file = Read(R"([
    {"run_id": "a", "params_n": 1000000, "tokens_d": 2e7, "flops_c": 1.2e30, "loss": 3.5,
     "corpus": "web", "seed": 1, "tied": true, "tags": ["x", {"y": []}]},
    {"loss": "2.5", "run_id": 7, "params_n": 18446744073709551615, "tokens_d": 1, "flops_c": null}
  ])");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.run_id, ElementsAre("a", "7"));
  EXPECT_THAT(file->table.parameters, ElementsAre(1e6, 18446744073709551615.0));
  EXPECT_THAT(file->table.loss, ElementsAre(3.5, 2.5));
  EXPECT_EQ(file->table.compute[1], 6 * 18446744073709551615.0);
  ASSERT_EQ(file->table.groups.size(), 4u);
  EXPECT_EQ(file->table.groups[0].name, "corpus");
  EXPECT_THAT(file->table.groups[0].codes, ElementsAre(0, -1));
  EXPECT_THAT(file->table.groups[1].levels, ElementsAre("1"));
  EXPECT_THAT(file->table.groups[2].levels, ElementsAre("true"));
  EXPECT_THAT(file->table.groups[3].codes, ElementsAre(-1, -1)) << "lists are no groups";
}

TEST(JsonRuns, FlopsFitsResults) {
  const auto file = Read(R"([
    {"experiment_id": "exp_0000", "compute_budget": 1e12, "model_size": 500000,
     "num_tokens": 333333, "final_loss": 4.25, "actual_flops": 999999000000,
     "wall_time_seconds": 0.0, "timestamp": "2025-01-01T00:00:00", "status": "completed",
     "error_message": null},
    {"experiment_id": "exp_0001", "compute_budget": 1e12, "model_size": 600000,
     "num_tokens": 277777, "final_loss": NaN, "actual_flops": 0, "wall_time_seconds": 0.0,
     "timestamp": "2025-01-01T00:00:00", "status": "failed", "error_message": "out of memory"}
  ])");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.run_id, ElementsAre("exp_0000"));
  EXPECT_THAT(file->table.compute, ElementsAre(1e12)) << "its law is in compute_budget";
  EXPECT_THAT(file->table.budget, ElementsAre(1e12));
  ASSERT_EQ(file->excluded.size(), 1u);
  EXPECT_EQ(file->excluded[0].reason, "its status is failed: out of memory");
}

TEST(JsonRuns, PythonsNumbersAreReadOutsideOfStringsOnly) {
  const auto file =
      Read(R"([{"run_id":"NaN, \"Infinity","n":Infinity,"d":-Infinity,"c":-5,"loss":NaN}])");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.run_id, ElementsAre("NaN, \"Infinity"));
  EXPECT_TRUE(std::isnan(file->table.loss[0]));
  EXPECT_TRUE(std::isinf(file->table.parameters[0]));
  EXPECT_EQ(file->table.tokens[0], -file->table.parameters[0]);
  EXPECT_EQ(file->table.compute[0], -5);
}

TEST(JsonRuns, AnObjectRoundOneListOfRuns) {
  const auto file = Read(
      R"({"version": 2, "sizes": [1, 2], "meta": {"a": [{"loss": 1}]}, "empty": [],
          "runs": [{"run_id": "a", "n": 1, "d": 2, "loss": 3}], "more": "text"})");
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.run_id, ElementsAre("a"));
  EXPECT_THAT(ErrorOf(R"({"a": [{"n":1,"d":2,"loss":3}], "b": [{"n":1,"d":2,"loss":3}]})"),
              HasSubstr("two lists of objects"));
}

TEST(JsonRuns, ErrorsNameFileLineAndColumn) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("runs.json:1:1: not JSON"));
  EXPECT_THAT(ErrorOf("[\n  {\"n\": 1,\n  oops}]"), HasSubstr("runs.json:3:4: not JSON"));
  EXPECT_THAT(ErrorOf("[{\"n\": 1"), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf("[{}] x"), HasSubstr("runs.json:1"));
  EXPECT_THAT(ErrorOf("[1, 2]"), HasSubstr("not an object; a list of runs is read"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("no runs"));
  EXPECT_THAT(ErrorOf("{\"a\": 1}"), HasSubstr("no runs"));
  EXPECT_THAT(ErrorOf("7"), HasSubstr("not a list of runs"));
  EXPECT_THAT(ErrorOf("[{\"n\": 1}]"), HasSubstr("runs.json:1:1: no column for loss"));
  EXPECT_THAT(ErrorOf("[{\"n\": 1, \"d\": 2,\n \"loss\": \"low\"}]"),
              HasSubstr("runs.json:2:15: 'low' in column loss is no number"));
  EXPECT_THAT(ErrorOf(std::string("[{\"n\":1,\"d\":2,\"loss\":3}]\0[", 26)),
              HasSubstr("a NUL byte"));
  EXPECT_THAT(ErrorOf("[{\"n\": 1e999}]"), HasSubstr("runs.json:1"));
  EXPECT_THAT(ErrorOf(absl::StrCat("[{\"a\":", std::string(1'000'000, '['))),
              HasSubstr("nested too deep"));
  ReadOptions options;
  options.longest_cell = 100;
  EXPECT_THAT(ErrorOf(absl::StrCat("[{\"", std::string(200, 'k'), "\": 1}]"), options),
              HasSubstr("too long"));
}

}  // namespace
}  // namespace ff::results
