// The language of conditions: what it means, and what is said of what it does not know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "server/filter/evaluate.h"
#include "server/filter/experiment_fields.h"
#include "server/filter/parse.h"

namespace ff::filter {
namespace {

using testing::HasSubstr;

const std::map<std::string, double> kNumbers = {{"loss", 3.1}, {"n", 1.3e9}, {"lr", 1e-4}};
const std::map<std::string, std::string> kTexts = {
    {"state", "failed"}, {"failure", "out_of_memory"}, {"id", "3f2a"}};

// A row with the values above and nothing else.
bool Meets(const std::string& source) {
  const auto condition = Parse(source, ExperimentFields());
  EXPECT_TRUE(condition.ok()) << condition.status();
  if (!condition.ok()) return false;
  return Holds(*condition, [](const std::string& field) {
    Value value;
    if (const auto n = kNumbers.find(field); n != kNumbers.end()) value.number = n->second;
    if (const auto t = kTexts.find(field); t != kTexts.end()) value.text = t->second;
    return value;
  });
}

std::string ErrorOf(const std::string& source) {
  const auto condition = Parse(source, ExperimentFields());
  EXPECT_TRUE(absl::IsInvalidArgument(condition.status())) << source;
  return std::string(condition.status().message());
}

TEST(Filter, Comparisons) {
  EXPECT_TRUE(Meets("loss < 3.2 and state = failed"));
  EXPECT_FALSE(Meets("loss < 3.2 and state = finished"));
  EXPECT_TRUE(Meets("loss<=3.1&&loss>=3.1"));
  EXPECT_TRUE(Meets("n > 1.2B and n < 1300.5M and N = 1.3e9"));
  EXPECT_TRUE(Meets("lr = 1e-4"));
  EXPECT_TRUE(Meets("STATE = Failed or loss > 9"));
  EXPECT_TRUE(Meets("state != finished"));
  EXPECT_TRUE(Meets("state in (waiting, failed)"));
  EXPECT_FALSE(Meets("state not in (waiting, failed)"));
  EXPECT_TRUE(Meets("failure ~ MEMORY and id !~ zz"));
  EXPECT_TRUE(Meets("failure = 'out_of_memory'"));
}

TEST(Filter, AndBindsCloserThanOrAndNotCloserThanBoth) {
  EXPECT_TRUE(Meets("state = failed or state = waiting and loss > 9"));
  EXPECT_FALSE(Meets("(state = failed or state = waiting) and loss > 9"));
  EXPECT_FALSE(Meets("not state = failed and loss < 9"));
  EXPECT_TRUE(Meets("not (state = waiting and loss < 9)"));
}

TEST(Filter, WhatIsAbsentIsNeitherTrueNorFalse) {
  EXPECT_FALSE(Meets("val_loss < 9"));
  EXPECT_FALSE(Meets("not val_loss < 9"));
  EXPECT_FALSE(Meets("val_loss != 9"));
  EXPECT_TRUE(Meets("val_loss < 9 or state = failed"));
  EXPECT_TRUE(Meets("val_loss = none"));
  EXPECT_FALSE(Meets("loss = none"));
  EXPECT_TRUE(Meets("loss != none"));
}

TEST(Filter, ErrorsPointAtThePlaceAndNameTheNearestWord) {
  EXPECT_THAT(ErrorOf("los < 3"), HasSubstr("no field 'los'; did you mean 'loss'?"));
  EXPECT_THAT(ErrorOf("state = faild"), HasSubstr("did you mean 'failed'?"));
  EXPECT_THAT(ErrorOf("state = faild"), HasSubstr("state = faild\n        ^"));
  EXPECT_THAT(ErrorOf("loss < low"), HasSubstr("loss is a number, and 'low' is none"));
  EXPECT_THAT(ErrorOf("state < failed"), HasSubstr("state is a text: it has no <"));
  EXPECT_THAT(ErrorOf("n ~ 3"), HasSubstr("n is a number: it has no ~"));
  EXPECT_THAT(ErrorOf("loss"), HasSubstr("after 'loss' one of"));
  EXPECT_THAT(ErrorOf("loss < 3 state = failed"), HasSubstr("'and' or 'or' is needed"));
  EXPECT_THAT(ErrorOf("(loss < 3"), HasSubstr("a ')' is needed here"));
  EXPECT_THAT(ErrorOf("loss < 3 and"), HasSubstr("a comparison is needed here"));
  EXPECT_THAT(ErrorOf("id = 'x"), HasSubstr("this quote does not end"));
  EXPECT_THAT(ErrorOf("loss < 3; drop"), HasSubstr("this character means nothing"));
  EXPECT_THAT(ErrorOf("loss < nan"), HasSubstr("is none"));
  EXPECT_THAT(ErrorOf(std::string(100, '(') + "loss < 3"), HasSubstr("too many levels"));
  EXPECT_THAT(ErrorOf(std::string(5000, 'x')), HasSubstr("at most 4096 bytes"));
}

TEST(Filter, OrdersAreFieldsWithAnOptionalMinus) {
  const auto order = ParseOrder("-params", ExperimentFields());
  ASSERT_TRUE(order.ok());
  EXPECT_EQ(order->field, "n");
  EXPECT_TRUE(order->down);
  EXPECT_FALSE(ParseOrder("lossy", ExperimentFields()).ok());
}

}  // namespace
}  // namespace ff::filter
