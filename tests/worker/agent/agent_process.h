// ff-worker as a process of a test: killed with the object, its standard error kept.
// For one thread.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace ff::agent {

class AgentProcess {
 public:
  // `words` go behind the ones that every test needs: a folder of the test for state and
  // log, the CPU alone, one slot. `fault`: FF_SYNTHETIC_FAULT of its trainers.
  AgentProcess(const std::string& folder, const std::string& coordinator,
               const std::vector<std::string>& words = {}, const std::string& fault = "");
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;

  pid_t pid() const { return pid_; }
  void Signal(int number);
  // waitpid's status; waits for the end, at most half a minute (then none).
  std::optional<int> AwaitEnd();
  std::string Log() const;
  std::vector<pid_t> Trainers() const;

 private:
  const std::string log_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// Still there, and no zombie.
bool IsAlive(pid_t pid);

}  // namespace ff::agent
