#include "client/local/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/errors.h"
#include "client/files.h"

extern char** environ;

namespace ff::client {
namespace {

// Fields of /proc/PID/stat after the program's name, which may itself hold spaces and
// parentheses: [0] is the state (field 3 of proc(5)), [19] the start time (field 22).
std::vector<std::string> StatFields(pid_t pid) {
  const absl::StatusOr<std::string> stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  if (!stat.ok()) return {};
  const size_t end = stat->rfind(')');
  if (end == std::string::npos) return {};
  return absl::StrSplit(stat->substr(end + 1), ' ', absl::SkipEmpty());
}

std::string BootId() {
  const absl::StatusOr<std::string> id = ReadFile("/proc/sys/kernel/random/boot_id");
  return id.ok() ? std::string(absl::StripAsciiWhitespace(*id)) : "";
}

struct SpawnSettings {
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

void Detach(SpawnSettings& settings, const std::string& log) {
  auto* actions = &settings.actions;
  posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(actions, 1, 2);
  posix_spawn_file_actions_addclosefrom_np(actions, 3);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&settings.attributes, &signals);
  sigfillset(&signals);
  sigdelset(&signals, SIGKILL);
  sigdelset(&signals, SIGSTOP);
  posix_spawnattr_setsigdefault(&settings.attributes, &signals);
  posix_spawnattr_setflags(&settings.attributes,
                           POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

bool IsRunnable(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

absl::StatusOr<Process> StartDetached(const std::vector<std::string>& words,
                                      const std::string& log) {
  SpawnSettings settings;
  Detach(settings, log);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  Process process;
  const int error = posix_spawn(&process.pid, words[0].c_str(), &settings.actions,
                                &settings.attributes, argv.data(), environ);
  if (error != 0) {
    return absl::ErrnoToStatus(error, absl::StrCat("cannot start ", words[0], " (log: ", log, ")"));
  }
  const std::vector<std::string> fields = StatFields(process.pid);
  if (fields.size() > 19) process.start_time = fields[19];
  process.boot_id = BootId();
  return process;
}

bool IsAlive(const Process& process) {
  if (process.pid <= 1) return false;
  waitpid(process.pid, nullptr, WNOHANG);  // if it is a child of ours, bury it
  const std::vector<std::string> fields = StatFields(process.pid);
  return fields.size() > 19 && fields[0] != "Z" && fields[0] != "X" &&
         fields[19] == process.start_time && BootId() == process.boot_id;
}

bool StopProcess(const Process& process, absl::Duration patience) {
  if (!IsAlive(process)) return true;
  kill(process.pid, SIGTERM);
  const absl::Time deadline = absl::Now() + patience;
  while (IsAlive(process) && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(20));
  if (!IsAlive(process)) return true;
  kill(process.pid, SIGKILL);
  const absl::Time killed = absl::Now();
  while (IsAlive(process) && absl::Now() < killed + absl::Seconds(10)) {
    absl::SleepFor(absl::Milliseconds(20));
  }
  return false;
}

absl::Status WritePidFile(const std::string& path, const Process& process) {
  return WriteFileAtomically(
      path, absl::StrCat(process.pid, " ", process.start_time, " ", process.boot_id, "\n"));
}

std::optional<Process> ReadPidFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return std::nullopt;
  const std::vector<std::string> words =
      absl::StrSplit(absl::StripAsciiWhitespace(*text), ' ', absl::SkipEmpty());
  Process process;
  if (words.size() != 3 || !absl::SimpleAtoi(words[0], &process.pid)) return std::nullopt;
  process.start_time = words[1];
  process.boot_id = words[2];
  return process;
}

std::string ProgramFolder() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).parent_path().string();
}

absl::StatusOr<std::string> FindProgram(const std::string& name, const std::string& folder,
                                        const std::string& path_variable) {
  const std::string beside = absl::StrCat(folder, "/", name);
  if (IsRunnable(beside)) return beside;
  for (const auto place : absl::StrSplit(path_variable, ':', absl::SkipEmpty())) {
    const std::string candidate = absl::StrCat(place, "/", name);
    if (IsRunnable(candidate)) return candidate;
  }
  return Fail(absl::StatusCode::kNotFound, absl::StrCat("the program ", name, " was not found"),
              absl::StrCat("looked for ", beside, " and along PATH"),
              "./flops-fit.sh build   (or use a running coordinator: --coordinator HOST:PORT)");
}

absl::StatusOr<FileLock> FileLock::Take(const std::string& path, absl::Duration patience) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot open ", path));
  FileLock lock(fd);
  const absl::Time deadline = absl::Now() + patience;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return absl::ErrnoToStatus(errno, absl::StrCat("cannot lock ", path));
    }
    if (absl::Now() > deadline) {
      return Fail(absl::StatusCode::kUnavailable, absl::StrCat("another ffctl holds ", path), "",
                  "wait for it, or see what runs: ffctl status");
    }
    absl::SleepFor(absl::Milliseconds(50));
  }
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace ff::client
