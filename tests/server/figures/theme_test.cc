// Numbers in words, ticks where a reader expects them, colours that keep apart.
#include "server/figures/theme.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "server/figures/number_text.h"

namespace ff::figures {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(NumberText, BudgetNames) {
  EXPECT_EQ(BudgetName(1e12), "1.0e12 FLOP");
  EXPECT_EQ(BudgetName(3.16227766017e13), "3.2e13 FLOP");
  EXPECT_EQ(BudgetName(9.99e20), "1.0e21 FLOP");
}

TEST(NumberText, Counts) {
  EXPECT_EQ(CountText(950), "950");
  EXPECT_EQ(CountText(1234567), "1.23M");
  EXPECT_EQ(CountText(999700), "1M");
  EXPECT_EQ(CountText(7e10), "70B");
  EXPECT_EQ(CountText(1.5e13), "15T");
}

TEST(NumberText, PowersAndFactors) {
  EXPECT_EQ(PowerText(1e12), "10<sup>12</sup>");
  EXPECT_THAT(PowerText(3e12), HasSubstr("10<sup>12</sup>"));
  EXPECT_EQ(PowerText(3e12).front(), '3');
  EXPECT_EQ(FactorText(0.0893), "0.0893");
  EXPECT_THAT(FactorText(4.4e-9), HasSubstr("10<sup>-9</sup>"));
  EXPECT_EQ(ExponentText(-0.06), "\u22120.060");
}

std::vector<std::string> TickTexts(double low, double high, Ticks ticks) {
  return LogAxis(Style::kPaper, "", low, high, ticks)
      .at("ticktext")
      .get<std::vector<std::string>>();
}

TEST(LogAxis, ManyDecadesHaveDecades) {
  EXPECT_THAT(TickTexts(1e12, 1e16, Ticks::kPower),
              ElementsAre("10<sup>12</sup>", "10<sup>13</sup>", "10<sup>14</sup>",
                          "10<sup>15</sup>", "10<sup>16</sup>"));
}

TEST(LogAxis, FewDecadesHaveStepsBetween) {
  EXPECT_THAT(TickTexts(1e5, 1e7, Ticks::kCount), ElementsAre("100K", "300K", "1M", "3M", "10M"));
  EXPECT_THAT(TickTexts(1e5, 1.1e6, Ticks::kCount), ElementsAre("100K", "200K", "500K", "1M"));
}

TEST(LogAxis, NarrowRangesHaveEvenSteps) {
  EXPECT_THAT(TickTexts(2.4, 3.9, Ticks::kPlain), ElementsAre("2.5", "3", "3.5"));
}

TEST(LogAxis, HasTicksForEveryRange) {
  for (double span = 1.01; span < 1e14; span *= 1.7) {
    for (const Ticks ticks : {Ticks::kPower, Ticks::kCount, Ticks::kPlain}) {
      const size_t count = TickTexts(3.3e7, 3.3e7 * span, ticks).size();
      EXPECT_GE(count, 2u) << span;
      EXPECT_LE(count, 9u) << span;
    }
  }
}

double Luminance(const std::string& colour) {
  const int rgb = std::stoi(colour.substr(1), nullptr, 16);
  return 0.2126 * (rgb >> 16) + 0.7152 * ((rgb >> 8) & 255) + 0.0722 * (rgb & 255);
}

TEST(BudgetColour, GrowsLighterSoThatItReadsInGrey) {
  for (const Style style : {Style::kPaper, Style::kNotebook, Style::kDark}) {
    for (const int count : {2, 5, 12}) {
      for (int i = 1; i < count; ++i) {
        EXPECT_GT(Luminance(BudgetColour(style, i, count)),
                  Luminance(BudgetColour(style, i - 1, count)) + 1);
      }
    }
  }
}

TEST(BudgetColour, StaysReadableOnItsBackground) {
  for (int i = 0; i < 8; ++i) {
    EXPECT_LT(Luminance(BudgetColour(Style::kPaper, i, 8)), 200);
    EXPECT_GT(Luminance(BudgetColour(Style::kDark, i, 8)), 60);
  }
}

TEST(Words, StylesAndAxes) {
  EXPECT_EQ(*ParseStyle("paper"), Style::kPaper);
  EXPECT_EQ(*ParseStyle("dark"), Style::kDark);
  EXPECT_THAT(ParseStyle("fancy").status().message(), HasSubstr("paper, notebook and dark"));
  EXPECT_EQ(*ParseXAxis("flops"), XAxis::kFlops);
  EXPECT_EQ(*ParseXAxis("seconds"), XAxis::kSeconds);
  EXPECT_THAT(ParseXAxis("days").status().message(), HasSubstr("step, tokens, flops and seconds"));
}

}  // namespace
}  // namespace ff::figures
