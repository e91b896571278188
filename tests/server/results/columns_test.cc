// Which column is what: by its name, or as who reads the file says, in other units too.
#include "server/results/columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "server/results/read_runs.h"

namespace ff::results {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

AskedColumn Asked(const std::string& word) {
  const auto asked = ParseAskedColumn(word);
  EXPECT_TRUE(asked.ok()) << asked.status();
  return asked.value_or(AskedColumn{});
}

absl::StatusOr<RunFile> Read(const std::string& text, const std::vector<std::string>& asked) {
  ReadOptions options;
  for (const std::string& word : asked) options.columns.push_back(Asked(word));
  return ReadCsvRuns("runs.csv", FromText(text), options);
}

std::string ErrorOf(const std::string& text, const std::vector<std::string>& asked) {
  const absl::Status status = Read(text, asked).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

// Columns of published data sets, as their authors named them.
TEST(Columns, NamesMetInTheWild) {
  EXPECT_EQ(FindColumn(Role::kParameters, {"Model Size", "Training Tokens"}), 0);
  EXPECT_EQ(FindColumn(Role::kTokens, {"Model Size", "Training Tokens"}), 1);
  EXPECT_EQ(FindColumn(Role::kCompute, {"Training FLOP"}), 0);
  EXPECT_EQ(FindColumn(Role::kTokens, {"tokens_seen"}), 0);
  EXPECT_EQ(FindColumn(Role::kLoss, {"train/loss", "val/loss"}), 1) << "validation comes first";
  EXPECT_EQ(FindColumn(Role::kLoss, {"smooth loss"}), 0);
  EXPECT_EQ(FindColumn(Role::kStep, {"_step"}), 0);
  EXPECT_EQ(FindColumn(Role::kLoss, {"loss_scale"}), -1);
}

TEST(Columns, WhoReadsTheFileSaysWhichIsWhich) {
  const auto file = Read("size,d,c4_loss,pile_loss\n1e6,2e7,3.5,3\n2e6,1e7,3.25,2.5\n",
                         {"params_n=size", "L=pile_loss"});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.parameters, ElementsAre(1e6, 2e6));
  EXPECT_THAT(file->table.loss, ElementsAre(3, 2.5));
  EXPECT_THAT(file->notes[0],
              HasSubstr("N is column size, D is column d, loss is column pile_loss"));
  ASSERT_EQ(file->table.groups.size(), 1u) << "the other loss is a group like any column";
}

TEST(Columns, OtherUnits) {
  const auto file = Read("millions,billions,exaflops,ppl\n10,0.5,30,20\n70,1,420,15\n",
                         {"params_n=millions*1e6", "tokens_d = billions * 1e9",
                          "flops_c=exaflops*1e15", "loss=ln(ppl)"});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_THAT(file->table.parameters, ElementsAre(1e7, 7e7));
  EXPECT_THAT(file->table.tokens, ElementsAre(5e8, 1e9));
  EXPECT_THAT(file->table.compute, ElementsAre(3e16, 4.2e17));
  EXPECT_DOUBLE_EQ(file->table.loss[0], std::log(20));
  EXPECT_THAT(file->notes[0], HasSubstr("N is column millions times 1e+06"));
  EXPECT_THAT(file->notes[0], HasSubstr("loss is ln of column ppl"));
  const auto bits = Read("n,d,bits\n1e6,2e7,4\n", {"loss=bits*ln2"});
  ASSERT_TRUE(bits.ok()) << bits.status();
  EXPECT_DOUBLE_EQ(bits->table.loss[0], 4 * std::log(2));
}

TEST(Columns, AColumnNamedLikeAFormulaIsThatColumn) {
  const auto file = Read("n,d,ln(ppl),a*2\n1e6,2e7,3,4\n", {"loss=ln(ppl)"});
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->table.loss[0], 3);
  EXPECT_EQ(Read("n,d,a*2\n1e6,2e7,4\n", {"loss=a*2"})->table.loss[0], 4);
  EXPECT_EQ(Read("n,d,a*2\n1e6,2e7,4\n", {"loss=a*2*0.5"})->table.loss[0], 2);
}

TEST(Columns, WhatCannotBeFoundIsNamedWithWhatThereIs) {
  EXPECT_EQ(ErrorOf("n,d,loss\n1,2,3\n", {"loss=val"}),
            "runs.csv:1:1: no column 'val' to take loss from; the columns are: n, d, loss");
  EXPECT_THAT(ErrorOf("n,d,loss\n1,2,3\n", {"params_n=n*million"}),
              HasSubstr("'million' in 'n*million' is no factor"));
  EXPECT_THAT(ErrorOf("n,d,loss\n1,2,3\n", {"params_n=n*0"}), HasSubstr("is no factor"));
  EXPECT_THAT(ParseAskedColumn("width=d_model").status().message(),
              HasSubstr("the roles are run_id, params_n, tokens_d, flops_c, loss, budget"));
  EXPECT_FALSE(ParseAskedColumn("loss").ok());
  EXPECT_FALSE(ParseAskedColumn("loss=").ok());
}

TEST(Columns, WithoutALossWhatLooksLikeOneIsSaid) {
  EXPECT_THAT(ErrorOf("n,d,ppl\n1,2,3\n", {}), HasSubstr("; if ppl is a perplexity: loss=ln(ppl)"));
  EXPECT_THAT(ErrorOf("n,d,bits_per_token\n1,2,3\n", {}), HasSubstr("loss=bits_per_token*ln2"));
  EXPECT_THAT(ErrorOf("n,d,loss_pile\n1,2,3\n", {}), HasSubstr("; perhaps loss=loss_pile"));
}

TEST(Columns, JsonTakesTheSame) {
  ReadOptions options;
  options.columns = {Asked("loss=ln(ppl)"), Asked("n=millions*1e6")};
  const std::string text = R"([{"millions": 10, "d": 2e8, "ppl": 20}])";
  const auto file = ReadJsonRuns("runs.json", FromText(text), options);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->table.parameters[0], 1e7);
  EXPECT_DOUBLE_EQ(file->table.loss[0], std::log(20));
}

}  // namespace
}  // namespace ff::results
