// The private coordinator's surroundings: which folder, which socket, which process is
// ours, one starter at a time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/errors.h"
#include "client/files.h"
#include "client/local/local_coordinator.h"
#include "client/local/process.h"
#include "client/local/state_folder.h"
#include "tests/client/temp_dir.h"

namespace ff::client {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

Environment Env(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) {
    const auto it = values.find(name);
    return it == values.end() ? std::string() : it->second;
  };
}

TEST(StateFolder, IsInTheProjectWhereThereIsOne) {
  for (const char* mark : {"outputs", "conf/presets", "flops-fit.sh"}) {
    TempDir dir;
    std::filesystem::create_directories(dir / mark);
    EXPECT_EQ(ChooseStateFolder(dir.path(), Env({{"HOME", "/h"}}), false)->path,
              dir / "outputs/state");
  }
}

TEST(StateFolder, IsInTheProjectThatACommandStarts) {
  TempDir dir;
  EXPECT_EQ(ChooseStateFolder(dir.path(), Env({}), true)->path, dir / "outputs/state");
}

TEST(StateFolder, IsTheUsersElsewhere) {
  TempDir dir;
  EXPECT_EQ(
      ChooseStateFolder(dir.path(), Env({{"XDG_STATE_HOME", "/x"}, {"HOME", "/h"}}), false)->path,
      "/x/flops-fit");
  EXPECT_EQ(ChooseStateFolder(dir.path(), Env({{"HOME", "/h"}}), false)->path,
            "/h/.local/state/flops-fit");
  EXPECT_FALSE(ChooseStateFolder(dir.path(), Env({}), false).ok());
}

TEST(StateFolder, HoldsTheSocketWhereItsPathIsShort) {
  TempDir dir;
  const StateFolder folder{dir / "s"};
  ASSERT_TRUE(PrepareStateFolder(folder, Env({})).ok());
  EXPECT_EQ(folder.Socket(), dir / "s/coordinator.sock");
  EXPECT_EQ(std::filesystem::status(folder.path).permissions(), std::filesystem::perms::owner_all);
}

TEST(StateFolder, ALongPathMovesTheSocketAndRemembersWhere) {
  TempDir dir;
  const StateFolder folder{dir / std::string(100, 'x')};
  ASSERT_TRUE(PrepareStateFolder(folder, Env({})).ok());
  const std::string socket = folder.Socket();
  EXPECT_LE(socket.size(), 107u);
  EXPECT_THAT(socket, EndsWith("/coordinator.sock"));
  ASSERT_TRUE(PrepareStateFolder(folder, Env({})).ok());
  EXPECT_EQ(folder.Socket(), socket) << "the next command finds the same";
  std::filesystem::remove_all(std::filesystem::path(socket).parent_path());
}

TEST(StateFolder, ALongPathPrefersThePrivateRuntimeFolder) {
  TempDir dir, runtime;
  const StateFolder folder{dir / std::string(100, 'x')};
  ASSERT_TRUE(PrepareStateFolder(folder, Env({{"XDG_RUNTIME_DIR", runtime.path()}})).ok());
  EXPECT_THAT(folder.Socket(), StartsWith(runtime.path() + "/flops-fit-"));
}

TEST(StateFolder, ASocketInAFolderOpenToOthersIsNotBelieved) {
  TempDir dir;
  const StateFolder folder{dir / std::string(100, 'x')};
  ASSERT_TRUE(PrepareStateFolder(folder, Env({})).ok());
  const std::filesystem::path parent = std::filesystem::path(folder.Socket()).parent_path();
  std::filesystem::permissions(parent, std::filesystem::perms::all);
  EXPECT_EQ(folder.Socket(), folder.path + "/coordinator.sock");
  std::filesystem::remove_all(parent);
}

Process StartSleeper(const TempDir& dir) {
  const auto process = StartDetached({"/bin/sleep", "60"}, dir / "log");
  EXPECT_TRUE(process.ok()) << process.status();
  return *process;
}

TEST(Processes, AreFoundAgainByPidAndStartTime) {
  TempDir dir;
  const Process process = StartSleeper(dir);
  ASSERT_TRUE(WritePidFile(dir / "p.pid", process).ok());
  const auto read = ReadPidFile(dir / "p.pid");
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(IsAlive(*read));
  EXPECT_TRUE(StopProcess(*read, absl::Seconds(10)));
  EXPECT_FALSE(IsAlive(*read));
}

TEST(Processes, ARecycledPidIsNotOursAndNotSignalled) {
  TempDir dir;
  const Process process = StartSleeper(dir);
  Process older = process;
  older.start_time = "1";
  EXPECT_FALSE(IsAlive(older));
  EXPECT_TRUE(StopProcess(older, absl::Seconds(1)));
  Process of_last_boot = process;
  of_last_boot.boot_id = "another";
  EXPECT_FALSE(IsAlive(of_last_boot));
  EXPECT_TRUE(IsAlive(process)) << "neither may have touched it";
  StopProcess(process, absl::Seconds(10));
}

TEST(Processes, OneThatIgnoresTermIsKilledAndSaidSo) {
  TempDir dir;
  const auto process = StartDetached(
      {"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"}, dir / "log");
  ASSERT_TRUE(process.ok());
  while (ReadFile(dir / "log").value_or("") != "ready\n") absl::SleepFor(absl::Milliseconds(10));
  EXPECT_FALSE(StopProcess(*process, absl::Milliseconds(200)));
  EXPECT_FALSE(IsAlive(*process));
}

TEST(Processes, HaveTheirOwnSessionAndNoDescriptorOfOurs) {
  TempDir dir;
  const int leak = dup(1);  // inheritable
  const auto process = StartDetached(
      {"/bin/sh", "-c", "ls /proc/$$/fd | tr '\\n' ' '; ps -o sid= -p $$; echo end"}, dir / "log");
  ASSERT_TRUE(process.ok());
  std::string log;
  while (log.find("end") == std::string::npos) {
    log = ReadFile(dir / "log").value_or("");
    absl::SleepFor(absl::Milliseconds(10));
  }
  close(leak);
  EXPECT_THAT(log, StartsWith("0 1 2 "));
  EXPECT_EQ(log.find(absl::StrCat(" ", leak, " ")), std::string::npos) << log;
  EXPECT_THAT(log, HasSubstr(absl::StrCat(process->pid, "\n"))) << "leader of its own session";
}

TEST(Processes, AProgramThatIsNowhereIsNotFound) {
  const absl::Status status =
      FindProgram("ff-no-such-program", "/nowhere", "/usr/bin:/bin").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/ff-no-such-program"));
  EXPECT_EQ(*FindProgram("sleep", "/nowhere", "/nowhere:/bin"), "/bin/sleep");
}

TEST(Processes, AProgramBesideTheRunningOneComesBeforePath) {
  TempDir dir;
  std::ofstream(dir / "sleep") << "#!/bin/sh\n";
  std::filesystem::permissions(dir / "sleep", std::filesystem::perms::owner_all);
  EXPECT_EQ(*FindProgram("sleep", dir.path(), "/bin"), dir / "sleep");
  EXPECT_TRUE(std::filesystem::exists(ProgramFolder() + "/client_local_test"));
}

TEST(Locks, ASecondTakerWaitsOrGivesUp) {
  TempDir dir;
  {
    const auto first = FileLock::Take(dir / "lock", absl::ZeroDuration());
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(FileLock::Take(dir / "lock", absl::Milliseconds(100)).status().code(),
              absl::StatusCode::kUnavailable);
  }
  EXPECT_TRUE(FileLock::Take(dir / "lock", absl::ZeroDuration()).ok());
}

TEST(LocalCoordinator, DownOfNothingSaysSo) {
  TempDir dir;
  std::ostringstream notes;
  LocalCoordinator local(StateFolder{dir / "s"}, Env({}), &notes);
  EXPECT_TRUE(local.Down(absl::Seconds(1)).ok());
  EXPECT_THAT(notes.str(), HasSubstr("nothing was running"));
  EXPECT_FALSE(local.Status().coordinator.running);
}

TEST(LocalCoordinator, AMissingProgramIsNamedWithTheNextStep) {
  TempDir dir;
  std::ostringstream notes;
  LocalCoordinator local(StateFolder{dir / "s"}, Env({{"PATH", dir.path()}}), &notes, dir.path());
  const absl::Status status = local.Up({});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the program ff-coordinator was not found"));
  EXPECT_THAT(NextOf(status), StartsWith("./flops-fit.sh build"));
  EXPECT_FALSE(local.Status().coordinator.running);
}

TEST(LocalCoordinator, TheDashboardMovesWhereItsPortIsTaken) {
  EXPECT_THAT(FreeHttpAddress(0), EndsWith(":0"));
  EXPECT_EQ(FreeHttpAddress(1) == "127.0.0.1:1", geteuid() == 0);
}

TEST(LogEnd, IsTheLastLines) {
  TempDir dir;
  std::ofstream(dir / "log") << "one\ntwo\nthree\n";
  EXPECT_EQ(LogEnd(dir / "log", 2), "two\nthree");
  EXPECT_EQ(LogEnd(dir / "none", 2), "");
}

}  // namespace
}  // namespace ff::client
