// The numbers behind a figure.
#include "client/render/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ff::render {
namespace {

constexpr char kHead[] = "trace,x,y,z,x_low,x_high,y_low,y_high\n";

TEST(Csv, ARowAPointWithTheEndsOfItsBars) {
  const auto csv = BuildCsv(R"({"data": [
    {"name": "a, \"b\"", "x": [1, 2.5], "y": [3, null]},
    {"x": [10], "y": [20], "error_x": {"array": [2], "arrayminus": [1]},
     "error_y": {"array": [4], "arrayminus": [3]}}], "layout": {}})");
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_EQ(*csv, std::string(kHead) +
                      "\"a, \"\"b\"\"\",1,3,,,,,\n\"a, \"\"b\"\"\",2.5,,,,,,\n"
                      "trace 2,10,20,,9.0,12.0,17.0,24.0\n");
}

TEST(Csv, AContourIsARowACell) {
  const auto csv = BuildCsv(R"({"data": [{"type": "contour", "name": "L", "x": [1, 2], "y": [5],
                                "z": [[0.5, null]]}]})");
  ASSERT_TRUE(csv.ok());
  EXPECT_EQ(*csv, std::string(kHead) + "L,1,5,0.5,,,,\nL,2,5,,,,,\n");
}

TEST(Csv, WhatIsNoFigureIsRefused) {
  for (const char* text : {"", "[]", "{}", "{\"data\": 3}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(BuildCsv(text).status())) << text;
  }
}

}  // namespace
}  // namespace ff::render
