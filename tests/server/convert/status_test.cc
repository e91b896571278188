#include "proto/wire/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ff::wire {
namespace {

TEST(Status, SurvivesTheWire) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "what, where, what to do");
    EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  }
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
}

TEST(Status, LongMessagesAreCutBetweenCharacters) {
  std::string euros;
  for (int i = 0; i < 5000; ++i) euros += "\xe2\x82\xac";
  const std::string cut = ToGrpc(absl::InternalError(euros)).error_message();
  EXPECT_LT(cut.size() * 3, 7000u);
  EXPECT_EQ(cut.size() % 3, 0u);
  EXPECT_THAT(cut, ::testing::EndsWith("\xac..."));
  EXPECT_EQ(ToGrpc(absl::InternalError(std::string(3000, 'x'))).error_message().size(), 3000u);
}

TEST(Status, HttpCodes) {
  EXPECT_EQ(ToHttp(absl::StatusCode::kOk), 200);
  EXPECT_EQ(ToHttp(absl::StatusCode::kNotFound), 404);
  EXPECT_EQ(ToHttp(absl::StatusCode::kFailedPrecondition), 412);
  EXPECT_EQ(ToHttp(absl::StatusCode::kUnavailable), 503);
  EXPECT_EQ(ToHttp(absl::StatusCode::kDataLoss), 500);
  EXPECT_EQ(CodeName(absl::StatusCode::kNotFound), "NOT_FOUND");
}

}  // namespace
}  // namespace ff::wire
