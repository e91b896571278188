#include "conf/load/logging.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ff::conf {
namespace {

std::string Captured(const std::string& level) {
  SetUpLogging("coordinator", level);
  testing::internal::CaptureStderr();
  LogDebug("quiet ", 1);
  LogInfo("listening on ", "x:", 7410, " {} %v");
  LogError("gone");
  return testing::internal::GetCapturedStderr();
}

TEST(Logging, LinesHaveTimeLevelProgramAndText) {
  EXPECT_THAT(
      Captured("info"),
      testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                            "info coordinator: listening on x:7410 \\{\\} %v\n"
                            ".*Z error coordinator: gone\n"));
}

TEST(Logging, TheLevelDecidesWhatIsWritten) {
  EXPECT_THAT(Captured("debug"), testing::HasSubstr("debug coordinator: quiet 1\n"));
  const std::string only_errors = Captured("error");
  EXPECT_THAT(only_errors, testing::Not(testing::HasSubstr("listening")));
  EXPECT_THAT(only_errors, testing::HasSubstr("gone"));
}

}  // namespace
}  // namespace ff::conf
