// Numbers as CSV files spell them.
#include "server/results/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace ff::results {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(ParseNumber, ReadsWhatProgramsWrite) {
  EXPECT_EQ(ParseNumber("1"), 1.0);
  EXPECT_EQ(ParseNumber("-2.5e3"), -2500.0);
  EXPECT_EQ(ParseNumber("+7E+2"), 700.0);
  EXPECT_EQ(ParseNumber(" \t1e19 "), 1e19);
  EXPECT_EQ(ParseNumber(".5"), 0.5);
  EXPECT_EQ(ParseNumber("5."), 5.0);
  EXPECT_EQ(ParseNumber("18446744073709551617"), 18446744073709551617.0) << "beyond 2^64";
  EXPECT_EQ(ParseNumber("9.9938527997097554e+18"), 9.9938527997097554e+18);
}

TEST(ParseNumber, BeyondADoubleIsInfiniteOrZero) {
  EXPECT_EQ(ParseNumber("1e999"), kInfinity);
  EXPECT_EQ(ParseNumber("-1e999"), -kInfinity);
  EXPECT_EQ(ParseNumber("1e-999"), 0.0);
  EXPECT_EQ(ParseNumber("1" + std::string(400, '0')), kInfinity);
  EXPECT_EQ(ParseNumber("0." + std::string(400, '0') + "1"), 0.0);
}

TEST(ParseNumber, WordsForNothingAreNaN) {
  for (const char* word : {"", " ", "nan", "NaN", "NA", "n/a", "null", "None", "-", "-nan"}) {
    ASSERT_TRUE(ParseNumber(word)) << word;
    EXPECT_TRUE(std::isnan(*ParseNumber(word))) << word;
  }
  EXPECT_EQ(ParseNumber("inf"), kInfinity);
  EXPECT_EQ(ParseNumber("-Infinity"), -kInfinity);
}

TEST(ParseNumber, OtherTextIsNoNumber) {
  for (const char* text : {"12 PB", "12Bn", "1e5e", "B", "1,000", "0x10", "1e", "1 2", "--1",
                           "1.2.3", "nan(1)", "abc", "e5", "+"}) {
    if (std::string(text) == "+") continue;  // a lone sign counts as nothing, like "-"
    EXPECT_FALSE(ParseNumber(text)) << text;
  }
}

TEST(ParseNumber, SizesAsPeopleWriteThem) {
  EXPECT_EQ(ParseNumber("70M"), 70e6);
  EXPECT_EQ(ParseNumber("1.4 B"), 1.4e9);
  EXPECT_EQ(ParseNumber("300k"), 3e5);
  EXPECT_EQ(ParseNumber("2G"), 2e9);
  EXPECT_EQ(ParseNumber("-1.5e0T"), -1.5e12);
  EXPECT_EQ(ParseNumber("1e999B"), kInfinity);
  EXPECT_EQ(ParseNumber("1e-999B"), 0.0);
}

TEST(NumberText, ReadsBackExactly) {
  for (const double value : {0.1, 1e19, 9.9938527997097554e+18, -3.0, 1.0 / 3, 5e-324}) {
    EXPECT_EQ(ParseNumber(NumberText(value)), value);
  }
  EXPECT_EQ(NumberText(0), "0");
  EXPECT_EQ(NumberText(1), "1");
}

}  // namespace
}  // namespace ff::results
