// Numbers, words, tables, JSON and progress as ffctl prints them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "client/print/json.h"
#include "client/print/numbers.h"
#include "client/print/progress.h"
#include "client/print/table.h"
#include "client/print/text.h"
#include "client/print/words.h"
#include "tests/client/fake_coordinator.h"

namespace ff::client {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Numbers, CountsHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(HumanCount(0), "0");
  EXPECT_EQ(HumanCount(999), "999");
  EXPECT_EQ(HumanCount(1300), "1.3K");
  EXPECT_EQ(HumanCount(999.6e3), "1M");
  EXPECT_EQ(HumanCount(1.3e9), "1.3B");
  EXPECT_EQ(HumanCount(2e12), "2T");
  EXPECT_EQ(HumanCount(5e15), "5e15");
  EXPECT_EQ(HumanCount(NAN), "-");
}

TEST(Numbers, FlopsAreScientificWithoutPadding) {
  EXPECT_EQ(Scientific(1e12), "1e12");
  EXPECT_EQ(Scientific(3.1623e13), "3.16e13");
  EXPECT_EQ(Scientific(1e-7), "1e-7");
  EXPECT_EQ(Scientific(0.5), "0.5");
  EXPECT_EQ(Scientific(1000), "1000");
  EXPECT_EQ(Scientific(9999.9), "1e4");
  EXPECT_EQ(Scientific(INFINITY), "-");
}

TEST(Numbers, TimesReadLikeAClock) {
  EXPECT_EQ(HumanSeconds(0.44), "0.4s");
  EXPECT_EQ(HumanSeconds(12), "12s");
  EXPECT_EQ(HumanSeconds(192), "3m12s");
  EXPECT_EQ(HumanSeconds(7500), "2h05m");
  EXPECT_EQ(HumanSeconds(3 * 86400 + 4 * 3600), "3d04h");
  EXPECT_EQ(HumanSeconds(-1), "-");
}

TEST(Numbers, BytesAreBinary) {
  EXPECT_EQ(HumanBytes(512), "512 B");
  EXPECT_EQ(HumanBytes(1536), "1.5 KiB");
  EXPECT_EQ(HumanBytes(210.0 * 1024 * 1024), "210 MiB");
}

TEST(Numbers, ExactRoundTrips) {
  EXPECT_EQ(Exact(0.1), "0.1");
  EXPECT_EQ(Exact(1e15), "1e+15");
  EXPECT_EQ(std::stod(Exact(1.0 / 3)), 1.0 / 3);
}

TEST(Text, ControlCharactersOfOthersAreMadeVisible) {
  EXPECT_EQ(VisibleLine("a\x1b[31mb\nc"), "a\\x1b[31mb\\nc");
  EXPECT_EQ(VisibleText("a\tb\nc\x7f"), "a\tb\nc\\x7f");
  EXPECT_EQ(VisibleLine("\xc2\x9b"), "\\x9b");  // a C1 control
  EXPECT_EQ(VisibleLine("\xe2\x80\xae"
                        "txt"),
            "\\u202etxt");                                    // right-to-left override
  EXPECT_EQ(VisibleLine("\xff\xc0\xaf"), "\\xff\\xc0\\xaf");  // no UTF-8
  EXPECT_EQ(VisibleLine("größe µ"), "größe µ");
}

TEST(Text, WidthsCountCharactersNotBytes) {
  EXPECT_EQ(DisplayWidth("größe"), 5u);
  EXPECT_EQ(Truncate("größe", 5), "größe");
  EXPECT_EQ(Truncate("größer", 5), "größ…");
  EXPECT_EQ(Truncate("abc", 1), "…");
}

Table Example() {
  Table table({{"NAME"}, {"N", Align::kRight}, {"WHY"}});
  table.Add({"a", CountCell(1.3e9), "first, \"of\" all"});
  table.Add({"much longer name", CountCell(12), "x"});
  return table;
}

TEST(Tables, AlignColumns) {
  EXPECT_EQ(Example().Render(0, Style()),
            "NAME                 N  WHY\n"
            "a                 1.3B  first, \"of\" all\n"
            "much longer name    12  x\n");
}

TEST(Tables, CutTheWidestTextColumnToTheTerminal) {
  EXPECT_EQ(Example().Render(32, Style()),
            "NAME          N  WHY\n"
            "a          1.3B  first, \"of\" all\n"
            "much lon…    12  x\n");
}

TEST(Tables, CsvHasRawNumbersAndQuotes) {
  EXPECT_EQ(Example().Csv(),
            "name,n,why\na,1.3e+09,\"first, \"\"of\"\" all\"\nmuch longer name,12,x\n");
}

TEST(Tables, CsvDisarmsFormulas) {
  Table table({{"NAME"}});
  table.Add({"=HYPERLINK(1)"});
  EXPECT_EQ(table.Csv(), "name\n'=HYPERLINK(1)\n");
}

TEST(Json, NumbersAreNumbersAndTimesAreUtc) {
  v1::Experiment experiment;
  experiment.set_id("e1");
  experiment.set_state(v1::EXPERIMENT_STATE_FINISHED);
  experiment.mutable_plan()->set_tokens(int64_t{1} << 40);
  experiment.mutable_result()->set_final_val_loss(NAN);
  experiment.mutable_result()->mutable_finished_at()->set_seconds(1700000000);
  const std::string json = ToJson(experiment);
  EXPECT_THAT(json, HasSubstr("\"apiVersion\": \"ff/v1\""));
  EXPECT_THAT(json, HasSubstr("\"tokens\": 1099511627776"));
  EXPECT_THAT(json, HasSubstr("\"state\": \"EXPERIMENT_STATE_FINISHED\""));
  EXPECT_THAT(json, HasSubstr("\"final_val_loss\": null"));
  EXPECT_THAT(json, HasSubstr("\"finished_at\": \"2023-11-14T22:13:20Z\""));
  EXPECT_THAT(json, HasSubstr("\"attempts\": []"));
  EXPECT_THAT(json, HasSubstr("\"failure\": null"));
}

TEST(Words, NearestIsWithinTwoErrors) {
  const std::vector<std::string> words = {"sweep", "experiment", "plan"};
  EXPECT_EQ(NearestWord("swep", words), "sweep");
  EXPECT_EQ(NearestWord("sewep", words), "sweep");
  EXPECT_EQ(NearestWord("experimnet", words), "experiment");
  EXPECT_EQ(NearestWord("train", words), "");
  EXPECT_EQ(NearestWord("plna", words), "plan");
}

TEST(Words, StatesAreTheVocabularys) {
  EXPECT_EQ(StateWord(v1::EXPERIMENT_STATE_WAITING), "waiting");
  EXPECT_EQ(StateWord(v1::SWEEP_STATE_ACTIVE), "active");
  EXPECT_EQ(*ParseExperimentState("failed"), v1::EXPERIMENT_STATE_FAILED);
  EXPECT_THAT(std::string(ParseExperimentState("faild").status().message()),
              HasSubstr("did you mean 'failed'?"));
}

TEST(Progress, TheLineSaysEverything) {
  EXPECT_EQ(ProgressLine(ExampleSweep(2, 1, v1::SWEEP_STATE_ACTIVE)),
            "sweep 5eep1234: 2/6 finished, 1 failed, 50 % of compute, ETA 3m12s");
  EXPECT_EQ(ProgressLine(ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED)),
            "sweep 5eep1234: 6/6 finished, 100 % of compute, finished");
}

TEST(Progress, TheBoardHasALineABudget) {
  const auto lines = ProgressBoard(ExampleSweep(3, 1, v1::SWEEP_STATE_ACTIVE), 80, Style());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_THAT(lines[0], HasSubstr("67 %"));
  EXPECT_EQ(lines[1], "  1e15      3/3 finished, best 3.2500 at 1.3M");
  EXPECT_EQ(lines[2], "  1e16      0/3 finished, 1 failed");
  for (const std::string& line : lines) EXPECT_LE(DisplayWidth(line), 80u);
}

int64_t Lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST(Progress, PlainLinesComeEveryTenSeconds) {
  std::ostringstream stream;
  Board board(stream, ProgressMode::kLines, 80, Style());
  const absl::Time start = absl::FromUnixSeconds(1000);
  const v1::Sweep active = ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE);
  board.Show(active, start);
  board.Show(active, start + absl::Seconds(9));
  EXPECT_EQ(Lines(stream.str()), 1);
  board.Show(active, start + absl::Seconds(11));
  EXPECT_EQ(Lines(stream.str()), 2);
  board.Show(ExampleSweep(6, 0, v1::SWEEP_STATE_FINISHED), start + absl::Seconds(12));
  EXPECT_EQ(Lines(stream.str()), 3);
  EXPECT_THAT(stream.str(), Not(HasSubstr("\x1b")));
}

TEST(Progress, ANoteStandsAboveTheBoard) {
  std::ostringstream stream;
  Board board(stream, ProgressMode::kBoard, 80, Style());
  board.Show(ExampleSweep(2, 0, v1::SWEEP_STATE_ACTIVE), absl::FromUnixSeconds(1000));
  board.Note("no worker\x07");
  EXPECT_THAT(stream.str(), HasSubstr("\x1b[3A\x1b[Jno worker\\x07\n"));
}

}  // namespace
}  // namespace ff::client
