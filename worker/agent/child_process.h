// A program with pipes for its standard streams and, if asked, further pairs of pipes (lanes), in a
// process group of its own, that does not outlive this process: it is killed (PR_SET_PDEATHSIG)
// when the thread that spawned it ends, so Spawn belongs to a thread that lives as long as the
// process. No other descriptor is inherited. For one thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ff::agent {

class ChildProcess {
 public:
  // NOT_FOUND, UNAVAILABLE: the program could not be started, and why.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Spawn(const std::string& program);
  // The program and its arguments. With lanes > 1 it gets "--lanes N" too, and lane i > 0 its
  // descriptors 2 i + 1 (to read) and 2 i + 2.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Spawn(const std::vector<std::string>& words,
                                                             int lanes = 1);

  // Kills the group, if it still runs, and waits for it.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  int lanes() const { return static_cast<int>(lanes_.size()); }
  int stdin_fd(int lane = 0) const { return lanes_[lane].to; }
  int stdout_fd(int lane = 0) const { return lanes_[lane].from; }  // not blocking
  int stderr_fd() const { return stderr_; }  // not blocking; -1 after CloseStderr
  void CloseStderr();

  void Kill();
  // waitpid(2)'s status once it has ended; does not wait.
  std::optional<int> TryReap();

 private:
  ChildProcess() = default;

  struct Lane {
    int to = -1, from = -1;
  };
  pid_t pid_ = -1;
  std::vector<Lane> lanes_;
  int stderr_ = -1;
  std::optional<int> status_;
};

// "exited with code 3", "was killed by SIGKILL (...)".
std::string DescribeExit(int status);
// As a shell has it: the exit code, or 128 + the signal.
int ExitCodeOf(int status);

}  // namespace ff::agent
