#include "worker/agent/stack.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

extern char** environ;

namespace ff::agent {
namespace {

constexpr size_t kMost = 64 * 1024;

std::string FindOnPath(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    const std::string candidate = absl::StrCat(folder, "/", name);
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return "";
}

// Waits for the end, at most until `deadline`; then kills. The exit status; -1: killed.
int AwaitEnd(pid_t pid, absl::Time deadline) {
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    if (absl::Now() > deadline) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return -1;
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
  return status;
}

// Standard output of a program that ended well; empty otherwise.
std::string OutputOf(std::vector<std::string> words, absl::Duration patience) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return "";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  std::string text;
  const absl::Time deadline = absl::Now() + patience;
  while (error == 0 && absl::Now() < deadline) {
    pollfd ready = {ends[0], POLLIN, 0};
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (poll(&ready, 1, static_cast<int>(std::max<int64_t>(left, 1))) <= 0) continue;
    char block[4096];
    const ssize_t got = read(ends[0], block, sizeof(block));
    if (got <= 0) break;
    if (text.size() < kMost) text.append(block, static_cast<size_t>(got));
  }
  close(ends[0]);
  if (error != 0) return "";
  const int status = AwaitEnd(child, deadline);
  return status == 0 ? text : "";
}

std::string FirstLine(const std::string& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

std::string StateOf(const std::string& task) {
  std::ifstream file(task + "/status");
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "State:")) {
      return std::string(absl::StripAsciiWhitespace(line.substr(6)));
    }
  }
  return "?";
}

}  // namespace

std::string KernelViewOf(pid_t pid) {
  std::string text = absl::StrCat("threads of process ", pid, ", as the kernel sees them:\n");
  std::error_code error;
  const std::string folder = absl::StrCat("/proc/", pid, "/task");
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string task = entry.path().string();
    absl::StrAppend(&text, "  thread ", entry.path().filename().string(), " (",
                    FirstLine(task + "/comm"), "), state ", StateOf(task), ", in ",
                    FirstLine(task + "/wchan"), ", system call ", FirstLine(task + "/syscall"),
                    "\n");
    std::ifstream stack(task + "/stack");  // root alone may read it
    for (std::string line; std::getline(stack, line);) absl::StrAppend(&text, "    ", line, "\n");
    if (text.size() > kMost) break;
  }
  return text;
}

std::string StackOf(pid_t pid, absl::Duration patience) {
  const std::string process = absl::StrCat(pid);
  if (const std::string eu_stack = FindOnPath("eu-stack"); !eu_stack.empty()) {
    const std::string text = OutputOf({eu_stack, "-p", process}, patience);
    if (!text.empty()) return text;
  }
  if (const std::string gdb = FindOnPath("gdb"); !gdb.empty()) {
    const std::string text = OutputOf(
        {gdb, "-p", process, "-batch", "-nx", "-ex", "thread apply all backtrace"}, patience);
    if (absl::StrContains(text, "#0")) return text;
  }
  return KernelViewOf(pid);
}

}  // namespace ff::agent
