#include "server/convert/json.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <cmath>

#include "ff/v1/sweep.pb.h"
#include "server/convert/text.h"
#include "tests/server/convert/reflection.h"

namespace ff::convert {
namespace {

using ::testing::HasSubstr;

TEST(ToJson, NamesAreSnakeCaseAndZerosAreThere) {
  const std::string json = ToJson(v1::Measurement()).value();
  EXPECT_THAT(json, HasSubstr(R"("learning_rate":0)"));
  EXPECT_THAT(json, HasSubstr(R"("kind":"")"));
}

TEST(ToJson, WideIntegersAndNanAreStrings) {
  v1::Measurement measurement;
  measurement.set_step(9007199254740993);
  measurement.set_loss(std::nan(""));
  const std::string json = ToJson(measurement).value();
  EXPECT_THAT(json, HasSubstr(R"("step":"9007199254740993")"));
  EXPECT_THAT(json, HasSubstr(R"("loss":"NaN")"));
}

TEST(ToJson, ReadsBackTheSame) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    v1::Experiment experiment, back;
    testing::Fill(&experiment, seed);
    ASSERT_TRUE(MergeJson(ToJson(experiment).value(), &back).ok());
    EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(experiment, back));
  }
}

TEST(MergeJson, SpelledOutZerosOverride) {
  v1::AnalyzerConfig config;
  config.mutable_fitting()->set_robust(true);
  config.mutable_fitting()->set_method("quadratic");
  config.mutable_bootstrap()->set_resamples(1000);
  ASSERT_TRUE(
      MergeJson(R"({"fitting": {"robust": false}, "bootstrap": {"resamples": 0}})", &config).ok());
  EXPECT_FALSE(config.fitting().robust());
  EXPECT_EQ(config.fitting().method(), "quadratic");
  EXPECT_EQ(config.bootstrap().resamples(), 0);
}

TEST(MergeJson, UnknownNamesAndBrokenJsonAreNamed) {
  v1::AnalyzerConfig config;
  EXPECT_THAT(MergeJson(R"({"fiting": {}})", &config).message(), HasSubstr("fiting"));
  EXPECT_THAT(MergeJson("{", &config).message(), HasSubstr("not the JSON of a AnalyzerConfig"));
  EXPECT_FALSE(MergeJson(R"({"target_compute": "much"})", &config).ok());
}

TEST(ValidUtf8, KeepsWhatIsWellFormed) {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n";
  EXPECT_EQ(ValidUtf8(text), text);
}

TEST(ValidUtf8, ReplacesEachWrongByte) {
  const std::string wrong = "\xef\xbf\xbd";
  EXPECT_EQ(ValidUtf8("\x80"), wrong);
  EXPECT_EQ(ValidUtf8("\xc0\xaf"), wrong + wrong);              // overlong '/'
  EXPECT_EQ(ValidUtf8("\xed\xa0\x80"), wrong + wrong + wrong);  // a surrogate
  EXPECT_EQ(ValidUtf8("x\xe2\x82"), "x" + wrong + wrong);       // cut short
  EXPECT_EQ(ValidUtf8("\xf4\x90\x80\x80"), wrong + wrong + wrong + wrong);
}

}  // namespace
}  // namespace ff::convert
