// CSV files of runs: what is read, what is assumed and said, what is refused and where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/results/read_runs.h"

namespace ff::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

absl::StatusOr<RunFile> Read(const std::string& text, const ReadOptions& options = {}) {
  return ReadCsvRuns("runs.csv", FromText(text), options);
}

std::string ErrorOf(const std::string& text, const ReadOptions& options = {}) {
  const absl::Status status = Read(text, options).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

ReadOptions Budget(const std::string& column) {
  ReadOptions options;
  options.budget_column = column;
  return options;
}

const char kHeader[] = "run_id,params_n,tokens_d,flops_c,loss\n";

TEST(CsvRuns, TheNamedColumnsAreTheRun) {
  const auto file = Read(absl::StrCat(kHeader, "a,1e6,2e7,1.2e14,3.5\nb,2000000,1e7,1e30,3.25\n"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.run_id, ElementsAre("a", "b"));
  EXPECT_THAT(file->table.parameters, ElementsAre(1e6, 2e6));
  EXPECT_THAT(file->table.tokens, ElementsAre(2e7, 1e7));
  EXPECT_THAT(file->table.compute, ElementsAre(1.2e14, 1e30));
  EXPECT_THAT(file->table.loss, ElementsAre(3.5, 3.25));
  EXPECT_THAT(file->table.budget, IsEmpty());
  EXPECT_THAT(file->table.groups, IsEmpty());
  EXPECT_THAT(file->notes, IsEmpty());
}

TEST(CsvRuns, FurtherColumnsAreGroups) {
  const auto file = Read(
      "corpus,loss,N,D,C,seed\nweb,3,1e6,2e7,1e14,1\ncode,2,1e6,2e7,1e14,\nweb,4,1e6,2e7,1e14,2\n");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->table.groups.size(), 2u);
  EXPECT_EQ(file->table.groups[0].name, "corpus");
  EXPECT_THAT(file->table.groups[0].levels, ElementsAre("web", "code"));
  EXPECT_THAT(file->table.groups[0].codes, ElementsAre(0, 1, 0));
  EXPECT_THAT(file->table.groups[1].codes, ElementsAre(0, -1, 1));
  EXPECT_THAT(file->notes, ElementsAre("N is column N, D is column D, C is column C"));
  EXPECT_THAT(file->table.run_id, ElementsAre("line 2", "line 3", "line 4"));
}

TEST(CsvRuns, QuotesSeparatorsAndLineEnds) {
  const auto quoted =
      Read("run_id,\"params_n\",tokens_d,loss\r\n\"a \"\"1\"\", x\ny\",1,2,3\r\n\r\n");
  ASSERT_TRUE(quoted.ok()) << quoted.status();
  EXPECT_THAT(quoted->table.run_id, ElementsAre("a \"1\", x\ny"));
  for (const char separator : {'\t', ';'}) {
    const std::string s(1, separator);
    const auto file = Read(
        absl::StrCat("\xEF\xBB\xBFrun_id", s, "n", s, "d", s, "loss\na,b", s, "1", s, "2", s, "3"));
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_THAT(file->table.run_id, ElementsAre("a,b"));
  }
  const auto old = Read("run_id,n,d,loss\ra,1,2,3\rb,1,2,3");
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_THAT(old->table.run_id, ElementsAre("a", "b"));
}

TEST(CsvRuns, WhatIsMissingIsDerivedAndSaid) {
  const auto no_flops = Read("run_id,params_n,tokens_d,loss\na,10,20,3\n");
  ASSERT_TRUE(no_flops.ok());
  EXPECT_THAT(no_flops->table.compute, ElementsAre(1200.0));
  EXPECT_THAT(no_flops->notes, ElementsAre("no column flops_c: C = 6 N D"));
  const auto no_tokens = Read("run_id,params_n,flops_c,loss\na,10,1200,3\n");
  ASSERT_TRUE(no_tokens.ok());
  EXPECT_THAT(no_tokens->table.tokens, ElementsAre(20.0));
  const auto holes = Read(absl::StrCat(kHeader, "a,10,20,,3\nb,,20,1200,3\nc,10,20,1200,3\n"));
  ASSERT_TRUE(holes.ok());
  EXPECT_THAT(holes->table.compute, ElementsAre(1200.0, 1200.0, 1200.0));
  EXPECT_THAT(holes->table.parameters, ElementsAre(10.0, 10.0, 10.0));
  EXPECT_THAT(holes->notes, ElementsAre("1 rows have an empty params_n: N = C / (6 D) there",
                                        "1 rows have an empty flops_c: C = 6 N D there"));
}

// A cell that said NaN was filled from the two others, and the run was used.
TEST(CsvRuns, NaNIsNotFilledIn) {
  const auto file = Read(absl::StrCat(kHeader, "a,NaN,20,1200,3\nb,10,20,nan,3\n"));
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(std::isnan(file->table.parameters[0]));
  EXPECT_TRUE(std::isnan(file->table.compute[1]));
  EXPECT_THAT(file->notes, IsEmpty());
}

TEST(CsvRuns, BadNumbersAreLeftToTheScreening) {
  const auto file = Read(absl::StrCat(kHeader, "a,1,2,3,NaN\nb,0,2,3,1\nc,-1,2,inf,1\nc,,,,\n"));
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->table.size(), 4u);
  EXPECT_TRUE(std::isnan(file->table.loss[0]));
  EXPECT_EQ(file->table.parameters[1], 0);
  EXPECT_TRUE(std::isinf(file->table.compute[2]));
  EXPECT_TRUE(std::isnan(file->table.parameters[3]));
  EXPECT_THAT(file->notes, IsEmpty());
}

TEST(CsvRuns, TheBudgetComesFromItsColumn) {
  const std::string text =
      "run_id,params_n,tokens_d,flops_c,loss,isoflop_budget,mine\n"
      "a,1,2,3,4,1e19,7\nb,1,2,3,4,,8\n";
  const auto file = Read(text);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->table.budget[0], 1e19);
  EXPECT_TRUE(std::isnan(file->table.budget[1]));
  const auto mine = Read(text, Budget("mine"));
  ASSERT_TRUE(mine.ok());
  EXPECT_THAT(mine->table.budget, ElementsAre(7, 8));
  EXPECT_THAT(mine->notes, ElementsAre("budget is column mine"));
  EXPECT_EQ(ErrorOf(text, Budget("theirs")),
            "runs.csv:1:1: no column 'theirs' to take budgets from; the columns are: run_id, "
            "params_n, tokens_d, flops_c, loss, isoflop_budget, mine");
}

TEST(CsvRuns, RunsThatFailedAreListedWithTheReason) {
  const auto file = Read(
      "run_id,n,d,loss,status,error_message\n"
      "a,1,2,3,completed,\nb,1,2,,failed,out of memory\nc,1,2,,skipped,\n");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(file->table.run_id, ElementsAre("a"));
  ASSERT_EQ(file->excluded.size(), 2u);
  EXPECT_EQ(file->excluded[0].run_id, "b");
  EXPECT_EQ(file->excluded[0].reason, "its status is failed: out of memory");
  EXPECT_EQ(file->excluded[1].reason, "its status is skipped");
}

TEST(CsvRuns, ErrorsNameFileLineAndColumn) {
  EXPECT_EQ(ErrorOf(""), "runs.csv: the file is empty");
  EXPECT_EQ(ErrorOf("\n\r\n"), "runs.csv: the file is empty");
  EXPECT_EQ(ErrorOf(kHeader), "runs.csv: a header and no rows");
  EXPECT_EQ(ErrorOf(absl::StrCat(kHeader, "a,1,2,3,4\nb,1,12PB,3,4\n")),
            "runs.csv:3:5: '12PB' in column tokens_d is no number");
  EXPECT_EQ(ErrorOf(absl::StrCat(kHeader, "a,1,2,3\n")),
            "runs.csv:2:1: the row has 4 fields, the header 5");
  EXPECT_EQ(ErrorOf(absl::StrCat(kHeader, "\"a,1,2,3,4\n")),
            "runs.csv:2:1: the quote that opens here is never closed");
  EXPECT_THAT(ErrorOf(absl::StrCat(kHeader, "\"a\"x,1,2,3,4\n")),
              HasSubstr("runs.csv:2:4: text after a closing quote"));
  EXPECT_THAT(ErrorOf(absl::StrCat(kHeader, std::string("a,1\0,2,3,4\n", 11))),
              HasSubstr("runs.csv:2:4: a NUL byte"));
  EXPECT_EQ(ErrorOf("run_id,loss,loss\n"), "runs.csv:1:13: a second column named loss");
  EXPECT_EQ(ErrorOf("a,b\n1,2\n"),
            "runs.csv:1:1: no column for loss and two of params_n, tokens_d, flops_c; the columns "
            "are: a, b");
  EXPECT_THAT(ErrorOf("run_id,params_n,loss\n"), HasSubstr("one of tokens_d, flops_c"));
  EXPECT_THAT(ErrorOf(std::string("\xFF\xFEr\0u\0", 6)), HasSubstr("UTF-16"));
}

TEST(CsvRuns, HugeFieldsAreRefused) {
  ReadOptions options;
  options.longest_cell = 100;
  EXPECT_THAT(ErrorOf(absl::StrCat(kHeader, std::string(101, 'x'), ",1,2,3,4\n"), options),
              HasSubstr("runs.csv:2:1: a field of more than 100 bytes"));
  EXPECT_THAT(ErrorOf(absl::StrCat(kHeader, "\"", std::string(200, 'x'), "\",1\n"), options),
              HasSubstr("a field of more than 100 bytes"));
  EXPECT_THAT(ErrorOf(absl::StrCat(kHeader, std::string(200'000, ','), "\n")),
              HasSubstr("a row of more than 100000 fields"));
}

TEST(CsvRuns, AColumnOfManyValuesIsNoGroup) {
  std::string text = "run_id,n,d,loss,temperature\n";
  for (int i = 0; i < 70'000; ++i) absl::StrAppend(&text, "r", i, ",1,2,3,", i, "\n");
  const auto file = Read(text);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(file->table.size(), 70'000u);
  EXPECT_THAT(file->table.groups, IsEmpty());
  EXPECT_THAT(file->notes,
              testing::Contains(HasSubstr("temperature has more than 65536 different values")));
}

}  // namespace
}  // namespace ff::results
