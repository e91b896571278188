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

std::string Said(const std::string& text, const std::string& format = "text") {
  SetUpLogging("coordinator", "info", format);
  testing::internal::CaptureStderr();
  LogInfo(text);
  return testing::internal::GetCapturedStderr();
}

// A name with a line break wrote entries of its own, and one with ESC [2J cleared terminals.
TEST(Logging, WhatOthersChoseBeginsNoEntryAndMovesNoCursor) {
  const std::string log =
      Said("no sweep x\n2026-01-01T00:00:00.000Z info coordinator: fine\x1b[2J\xc2\x9b");
  EXPECT_THAT(log, testing::HasSubstr("no sweep x\n  | 2026-01-01"));
  EXPECT_THAT(log, testing::HasSubstr("fine\\x1b[2J\\x9b\n"));
}

TEST(Logging, JsonIsOneObjectALine) {
  const std::string log = Said("a \"quoted\" line\nand \x1b another", "json");
  EXPECT_THAT(log, testing::MatchesRegex("\\{\"time\":\"[^\"]+Z\",\"level\":\"info\",\"program\":"
                                         "\"coordinator\",\"text\":\"a [^\n]+ another\"\\}\n"));
  EXPECT_THAT(log, testing::HasSubstr("a \\\"quoted\\\" line\\u000aand \\u001b another"));
}

TEST(Logging, TheTraceIsThereWhileItLasts) {
  {
    const LogTrace trace("0af7651916cd43dd8448eb211c80319c");
    EXPECT_THAT(Said("inside"),
                testing::HasSubstr("inside trace=0af7651916cd43dd8448eb211c80319c\n"));
    EXPECT_THAT(Said("inside", "json"),
                testing::HasSubstr("\"trace\":\"0af7651916cd43dd8448eb211c80319c\""));
  }
  EXPECT_THAT(Said("after"), testing::HasSubstr("after\n"));
}

}  // namespace
}  // namespace ff::conf
