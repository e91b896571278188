#include "worker/agent/child_process.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "absl/strings/str_cat.h"

namespace ff::agent {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  bool Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0], write_end = ends[1];
    return true;
  }
  ~Pipe() {
    if (read_end >= 0) close(read_end);
    if (write_end >= 0) close(write_end);
  }
};

int Release(int& fd) {
  const int released = fd;
  fd = -1;
  return released;
}

// Between fork and exec of a process with threads: async-signal-safe calls alone.
[[noreturn]] void Become(const char* program, char* const* argv, pid_t parent, const Pipe& in,
                         const Pipe& out, const Pipe& err, const Pipe& trouble) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const bool wired = dup2(in.read_end, 0) >= 0 && dup2(out.write_end, 1) >= 0 &&
                     dup2(err.write_end, 2) >= 0 && close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
  // The parent may have ended before the kernel was told what to do then.
  if (wired && getppid() == parent) execv(program, argv);
  const int error = errno;
  [[maybe_unused]] const ssize_t told = write(trouble.write_end, &error, sizeof(error));
  _exit(127);
}

absl::Status CannotStart(const std::string& program, int error) {
  const std::string message = absl::StrCat("cannot start ", program, ": ", strerror(error));
  return error == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Spawn(const std::string& program) {
  return Spawn(std::vector<std::string>{program});
}

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Spawn(
    const std::vector<std::string>& words) {
  const std::string& program = words.front();
  Pipe in, out, err, trouble;
  if (!in.Open() || !out.Open() || !err.Open() || !trouble.Open()) {
    return CannotStart(program, errno);
  }
  std::vector<std::string> copies = words;
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return CannotStart(program, errno);
  if (pid == 0) Become(program.c_str(), argv.data(), parent, in, out, err, trouble);
  std::unique_ptr<ChildProcess> child(new ChildProcess);
  child->pid_ = pid;
  setpgid(pid, pid);  // whichever of the two comes first
  close(Release(trouble.write_end));
  int error = 0;
  if (read(trouble.read_end, &error, sizeof(error)) == sizeof(error)) {
    return CannotStart(program, error);
  }
  child->stdin_ = Release(in.write_end);
  child->stdout_ = Release(out.read_end);
  child->stderr_ = Release(err.read_end);
  fcntl(child->stdout_, F_SETFL, O_NONBLOCK);
  fcntl(child->stderr_, F_SETFL, O_NONBLOCK);
  return child;
}

ChildProcess::~ChildProcess() {
  for (const int fd : {stdin_, stdout_, stderr_}) {
    if (fd >= 0) close(fd);
  }
  if (status_) return;
  Kill();
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::CloseStderr() {
  if (stderr_ >= 0) close(Release(stderr_));
}

void ChildProcess::Kill() {
  if (!status_) kill(-pid_, SIGKILL);
}

std::optional<int> ChildProcess::TryReap() {
  if (status_) return status_;
  siginfo_t info = {};
  if (waitid(P_PID, pid_, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return std::nullopt;
  if (info.si_pid != pid_) return std::nullopt;
  Kill();  // what it may have started itself, while the group's number is still its own
  int status = 0;
  if (waitpid(pid_, &status, 0) == pid_) status_ = status;
  return status_;
}

int ExitCodeOf(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 0;
}

std::string DescribeExit(int status) {
  if (WIFEXITED(status)) return absl::StrCat("exited with code ", WEXITSTATUS(status));
  if (!WIFSIGNALED(status)) return absl::StrCat("ended with wait status ", status);
  const int number = WTERMSIG(status);
  const char* name = sigabbrev_np(number);
  return absl::StrCat("was killed by ",
                      name == nullptr ? absl::StrCat("signal ", number) : absl::StrCat("SIG", name),
                      number == SIGKILL ? " (the kernel does so when memory runs out)" : "");
}

}  // namespace ff::agent
