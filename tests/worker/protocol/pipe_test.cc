#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "worker/protocol/reader.h"
#include "worker/protocol/writer.h"

namespace ff::protocol {
namespace {

class PipeTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(pipe(ends_), 0); }
  void TearDown() override { CloseReadEnd(), CloseWriteEnd(); }
  void CloseReadEnd() { Close(ends_[0]); }
  void CloseWriteEnd() { Close(ends_[1]); }
  static void Close(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }
  void Put(absl::string_view text) {
    ASSERT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  int ends_[2] = {-1, -1};
};

TEST_F(PipeTest, LinesArriveInOrderAndThenTheEnd) {
  Writer writer(ends_[1]);
  Reader reader(ends_[0]);
  ASSERT_TRUE(writer.Write(Report(Stopped{1})).ok());
  ASSERT_TRUE(writer.Write(Report(Stopped{2})).ok());
  CloseWriteEnd();
  EXPECT_EQ(std::get<Stopped>(*reader.NextReport()).step, 1);
  EXPECT_EQ(std::get<Stopped>(*reader.NextReport()).step, 2);
  EXPECT_EQ(reader.NextReport().status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(PipeTest, NothingThereIsSaidWithoutWaiting) {
  Reader reader(ends_[0]);
  EXPECT_EQ(reader.NextOrder(absl::ZeroDuration()).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  Put("{\"type\":\"st");
  EXPECT_EQ(reader.NextOrder(absl::Milliseconds(1)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  Put("op\"}\n{\"type\":\"checkpoint\"}\r\n\n");
  EXPECT_TRUE(std::holds_alternative<StopOrder>(*reader.NextOrder(absl::ZeroDuration())));
  EXPECT_TRUE(std::holds_alternative<CheckpointOrder>(*reader.NextOrder(absl::ZeroDuration())));
}

TEST_F(PipeTest, ReadingGoesOnBehindABadLine) {
  Reader reader(ends_[0]);
  Put("what?\n{\"type\":\"stop\"}\n");
  const absl::Status bad = reader.NextOrder().status();
  EXPECT_EQ(bad.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(bad.message(), "what?"));
  EXPECT_TRUE(reader.NextOrder().ok());
}

TEST_F(PipeTest, ALineWithoutAnEndIsDropped) {
  Reader reader(ends_[0]);
  Put("{\"type\":\"stop\"}");
  CloseWriteEnd();
  EXPECT_EQ(reader.NextOrder().status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(PipeTest, ALineOverTheLimitIsSkipped) {
  Reader reader(ends_[0]);
  std::thread writer([&] {
    const std::string block(kMaxLineBytes / 4, 'x');
    for (int i = 0; i < 9; ++i) Put(block);
    Put("\n{\"type\":\"stop\"}\n");
  });
  const absl::Status bad = reader.NextOrder().status();
  EXPECT_EQ(bad.code(), absl::StatusCode::kInvalidArgument) << bad;
  EXPECT_TRUE(reader.NextOrder().ok());
  writer.join();
}

TEST_F(PipeTest, ALineOverTheLimitIsNotWritten) {
  Writer writer(ends_[1]);
  const Failed failed{"internal", std::string(kMaxLineBytes, 'x'), 1, 0};
  EXPECT_EQ(writer.Write(Report(failed)).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PipeTest, AReaderWhoHasLeftIsAStatus) {
  Writer writer(ends_[1]);
  CloseReadEnd();
  const absl::Status status = writer.Write(Order(StopOrder{}));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), "gone")) << status;
}

TEST_F(PipeTest, WritersOfSeveralThreadsDoNotMix) {
  Writer writer(ends_[1]);
  Reader reader(ends_[0]);
  constexpr int kThreads = 4, kLines = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&writer, t] {
      // Longer than PIPE_BUF, which the system keeps whole by itself.
      const std::string message(6000, static_cast<char>('a' + t));
      for (int i = 0; i < kLines; ++i) {
        EXPECT_TRUE(writer.Write(Report(Failed{"internal", message, t * kLines + i, 0})).ok());
      }
    });
  }
  std::set<int64_t> steps;
  for (int i = 0; i < kThreads * kLines; ++i) {
    const absl::StatusOr<Report> report = reader.NextReport();
    ASSERT_TRUE(report.ok()) << report.status();
    steps.insert(std::get<Failed>(*report).step);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(steps.size(), size_t{kThreads * kLines});
}

// The same descriptor set to non-blocking, as event loops do.
TEST_F(PipeTest, AFullPipeIsWaitedFor) {
  fcntl(ends_[1], F_SETFL, O_NONBLOCK);
  Writer writer(ends_[1]);
  Reader reader(ends_[0]);
  std::thread thread([&] {
    EXPECT_TRUE(writer.Write(Report(Failed{"internal", std::string(300000, 'x'), 1, 0})).ok());
  });
  EXPECT_EQ(std::get<Failed>(*reader.NextReport()).message.size(), 300000u);
  thread.join();
}

}  // namespace
}  // namespace ff::protocol
