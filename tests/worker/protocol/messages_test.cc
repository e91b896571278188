#include "worker/protocol/messages.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/worker/protocol/example_plan.h"

namespace ff::protocol {
namespace {

Measurement MeasurementOf(const Report& report) {
  const absl::StatusOr<Report> back = ParseReport(ToLine(report));
  EXPECT_TRUE(back.ok()) << back.status();
  return back.ok() ? std::get<Measurement>(*back) : Measurement{};
}

TEST(MessagesTest, PlanComesBackAsItWas) {
  const absl::StatusOr<Plan> back = ParsePlan(ToJson(ExamplePlan()));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, ExamplePlan());
}

TEST(MessagesTest, StartOrderComesBackAsItWas) {
  const StartOrder start{7, ExamplePlan(), "/data/a \"b\".txt", "/ck/ü", true, "cuda:3", 4};
  const absl::StatusOr<Order> back = ParseOrder(ToLine(Order(start)));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(std::get<StartOrder>(*back), start);
}

TEST(MessagesTest, EveryReportComesBackAsItWas) {
  const std::vector<Report> reports = {
      Hello{1, "ff-trainer 0.1", {{"cpu", "cpu", "Xeon", 8e9}, {"cuda:0", "cuda", "H200", 1e11}}},
      Started{7, 123, 50},
      Measurement{1, 2, 3, 4, 5, 6, 7, 8},
      Evaluation{1, 2, 3, 4, 5},
      CheckpointWritten{50, "/c/step_000000050", "ab"},
      Finished{1.5, 2.5, 3, 4, 5, 6, 7},
      Stopped{12},
      Failed{"diverged", "loss is nan at step 3\nafter 2 lines", 3, 11.0}};
  for (const Report& report : reports) {
    const absl::StatusOr<Report> back = ParseReport(ToLine(report));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, report) << ToLine(report);
  }
}

TEST(MessagesTest, DoublesComeBackBitForBit) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    const double back = MeasurementOf(Measurement{.step = 1, .loss = value}).loss;
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(back));
    } else {
      EXPECT_EQ(std::memcmp(&back, &value, sizeof(value)), 0) << value;
    }
  }
}

TEST(MessagesTest, NumbersThatAreNotFiniteAreStrings) {
  const double inf = std::numeric_limits<double>::infinity();
  const std::string line = ToLine(Report(Measurement{.loss = inf, .grad_norm = -inf}));
  EXPECT_TRUE(absl::StrContains(line, R"("loss":"inf")")) << line;
  EXPECT_TRUE(absl::StrContains(line, R"("grad_norm":"-inf")")) << line;
  EXPECT_TRUE(absl::StrContains(ToLine(Report(Failed{"diverged", "", 1, std::nan("")})),
                                R"("last_loss":"nan")"));
}

TEST(MessagesTest, IntegersOfOtherLanguagesMayHaveAPoint) {
  EXPECT_EQ(std::get<Stopped>(*ParseReport(R"({"type":"stopped","step":12.0})")).step, 12);
  EXPECT_FALSE(ParseReport(R"({"type":"stopped","step":12.5})").ok());
  EXPECT_FALSE(ParseReport(R"({"type":"stopped","step":9223372036854775808})").ok());
  EXPECT_FALSE(ParseReport(R"({"type":"stopped","step":1e300})").ok());
}

TEST(MessagesTest, UnknownFieldsAreIgnored) {
  EXPECT_TRUE(ParseReport(R"({"type":"stopped","step":1,"mood":{"deep":[1]}})").ok());
}

TEST(MessagesTest, BytesThatAreNoTextAreReplacedNotThrown) {
  const std::string line = ToLine(Report(Failed{"internal", "a\xff b", 1, 0}));
  const absl::StatusOr<Report> back = ParseReport(line);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(std::get<Failed>(*back).message, "a\xef\xbf\xbd b");
}

TEST(MessagesTest, ErrorsNameTheFieldAndQuoteTheLine) {
  const auto message = [](absl::string_view line) {
    return std::string(ParseOrder(line).status().message());
  };
  EXPECT_TRUE(absl::StrContains(message("hello world"), "begins: hello world"));
  EXPECT_TRUE(absl::StrContains(message(R"({"type":"dance"})"), "unknown type \"dance\""));
  EXPECT_TRUE(absl::StrContains(message("[1]"), "no JSON object"));
  EXPECT_TRUE(absl::StrContains(message(R"({"kind":"start"})"), "it has no type"));
  const std::string start = ToLine(Order(StartOrder{1, ExamplePlan(), "d", "c", true, "cpu", 1}));
  EXPECT_TRUE(
      absl::StrContains(message(absl::StrReplaceAll(start, {{"\"heads\":4", "\"heads\":\"4\""}})),
                        "field plan.shape.heads: expected an integer"));
  EXPECT_TRUE(absl::StrContains(message(absl::StrReplaceAll(start, {{"\"dtype\"", "\"dt\""}})),
                                "field plan.dtype is missing"));
}

TEST(MessagesTest, ALongLineIsQuotedInPart) {
  const std::string line = absl::StrCat("{", std::string(100000, 'x'));
  EXPECT_LT(ParseOrder(line).status().message().size(), 400u);
}

}  // namespace
}  // namespace ff::protocol
