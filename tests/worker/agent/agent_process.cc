#include "tests/worker/agent/agent_process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/worker/agent/fake_coordinator.h"

namespace ff::agent {
namespace {

std::string ReadAll(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

AgentProcess::AgentProcess(const std::string& folder, const std::string& coordinator,
                           const std::vector<std::string>& words, const std::string& fault)
    : log_(folder + "/agent.log") {
  std::vector<std::string> all = {FF_BINARY_DIR "/bin/ff-worker",
                                  "coordinator=" + coordinator,
                                  absl::StrCat("paths.state=", folder, "/state"),
                                  "devices.kind=cpu",
                                  "devices.cpu_slots=1",
                                  "disk.min_free_bytes=0",
                                  "log.level=debug"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : all) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  const int log = open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(log, 2);
  setenv("FF_SYNTHETIC_FAULT", fault.c_str(), 1);
  execv(argv[0], argv.data());
  _exit(127);
}

AgentProcess::~AgentProcess() {
  if (status_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void AgentProcess::Signal(int number) { kill(pid_, number); }

std::optional<int> AgentProcess::AwaitEnd() {
  Eventually([&] {
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_.has_value();
  });
  return status_;
}

std::string AgentProcess::Log() const { return ReadAll(log_); }

std::vector<pid_t> AgentProcess::Trainers() const {
  std::vector<pid_t> children;
  const std::string text = ReadAll(absl::StrCat("/proc/", pid_, "/task/", pid_, "/children"));
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipWhitespace())) {
    children.push_back(atoi(std::string(word).c_str()));
  }
  return children;
}

bool IsAlive(pid_t pid) {
  const std::string status = ReadAll(absl::StrCat("/proc/", pid, "/stat"));
  return !status.empty() && status.find(") Z ") == std::string::npos;
}

}  // namespace ff::agent
