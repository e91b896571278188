#include "server/provisioner/run_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace ff::provisioner {
namespace {

TEST(RunProgram, KeepsBothOutputsAndTheExitCode) {
  const auto ran = RunProgram({"sh", "-c", "echo a; echo b >&2; exit 3"}, absl::Seconds(10));
  ASSERT_TRUE(ran.ok()) << ran.status();
  EXPECT_EQ(ran->out, "a\n");
  EXPECT_EQ(ran->err, "b\n");
  EXPECT_EQ(ran->exit_code, 3);
}

TEST(RunProgram, WordsAreNotForAShell) {
  const auto ran = RunProgram({"echo", "$(id) ; 'x'"}, absl::Seconds(10));
  ASSERT_TRUE(ran.ok()) << ran.status();
  EXPECT_EQ(ran->out, "$(id) ; 'x'\n");
}

TEST(RunProgram, AProgramThatIsNotThere) {
  EXPECT_TRUE(absl::IsNotFound(RunProgram({"no-such-program"}, absl::Seconds(1)).status()));
}

TEST(RunProgram, OneThatHangsIsKilledWithItsChildren) {
  const absl::Time began = absl::Now();
  const auto ran = RunProgram({"sh", "-c", "sleep 60 & sleep 60"}, absl::Milliseconds(200));
  EXPECT_TRUE(absl::IsDeadlineExceeded(ran.status())) << ran.status();
  EXPECT_LT(absl::Now() - began, absl::Seconds(20));
}

TEST(RunProgram, MoreOutputThanAPipeHolds) {
  const auto ran = RunProgram({"sh", "-c", "head -c 3000000 /dev/zero"}, absl::Seconds(30));
  ASSERT_TRUE(ran.ok()) << ran.status();
  EXPECT_EQ(ran->out.size(), size_t{1} << 20);
  EXPECT_EQ(ran->exit_code, 0);
}

// The daemon blocks the signals that stop it; a child that inherited that could not be stopped.
TEST(RunProgram, SignalsAreAsAShellLeavesThem) {
  sigset_t block, before;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &block, &before);
  const auto ran = RunProgram({"sh", "-c", "kill -TERM $$; echo lives"}, absl::Seconds(10));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ASSERT_TRUE(ran.ok()) << ran.status();
  EXPECT_EQ(ran->exit_code, 128 + SIGTERM);
}

}  // namespace
}  // namespace ff::provisioner
