#include "worker/agent/child_process.h"

#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::agent {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() = default;
  Pipe(Pipe&& other) noexcept
      : read_end(std::exchange(other.read_end, -1)),
        write_end(std::exchange(other.write_end, -1)) {}
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

// What a program is to read and to write.
struct Ends {
  int read_end, write_end;
};

// Lanes onto 0, 1, 3, 4, 5, ...: first out of each other's way, then into place.
bool Wire(Ends* ends, int lanes, int err, int trouble) {
  const int clear = 2 * lanes + 1;
  const auto away = [&](int& fd) { return (fd = fcntl(fd, F_DUPFD_CLOEXEC, clear)) >= 0; };
  for (int i = 0; i < lanes; ++i) {
    if (!away(ends[i].read_end) || !away(ends[i].write_end)) return false;
  }
  if (!away(err) || dup2(err, 2) < 0) return false;
  for (int i = 0; i < lanes; ++i) {
    const int to = i == 0 ? 0 : 2 * i + 1, from = i == 0 ? 1 : 2 * i + 2;
    if (dup2(ends[i].read_end, to) < 0 || dup2(ends[i].write_end, from) < 0) return false;
  }
  // `trouble` lies above, or it would have been written over.
  return trouble >= clear && close_range(clear, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

// Between fork and exec of a process with threads: async-signal-safe calls alone.
[[noreturn]] void Become(const char* program, char* const* argv, pid_t parent, Ends* ends,
                         int lanes, int err, int trouble) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  const int high = fcntl(trouble, F_DUPFD_CLOEXEC, 2 * lanes + 1);
  const bool wired = high >= 0 && Wire(ends, lanes, err, high);
  // The parent may have ended before the kernel was told what to do then.
  if (wired && getppid() == parent) execv(program, argv);
  const int error = errno;
  [[maybe_unused]] const ssize_t told = write(high >= 0 ? high : trouble, &error, sizeof(error));
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
    const std::vector<std::string>& words, int lanes) {
  const std::string& program = words.front();
  std::vector<Pipe> in(lanes), out(lanes);
  std::vector<Ends> ends;
  Pipe err, trouble;
  bool open = err.Open() && trouble.Open();
  for (int i = 0; i < lanes && open; ++i) {
    open = in[i].Open() && out[i].Open();
    ends.push_back({in[i].read_end, out[i].write_end});
  }
  if (!open) return CannotStart(program, errno);
  std::vector<std::string> copies = words;
  if (lanes > 1) copies.insert(copies.end(), {"--lanes", absl::StrCat(lanes)});
  std::vector<char*> argv;
  for (std::string& word : copies) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return CannotStart(program, errno);
  if (pid == 0) {
    Become(program.c_str(), argv.data(), parent, ends.data(), lanes, err.write_end,
           trouble.write_end);
  }
  std::unique_ptr<ChildProcess> child(new ChildProcess);
  child->pid_ = pid;
  setpgid(pid, pid);  // whichever of the two comes first
  close(Release(trouble.write_end));
  int error = 0;
  if (read(trouble.read_end, &error, sizeof(error)) == sizeof(error)) {
    return CannotStart(program, error);
  }
  for (int i = 0; i < lanes; ++i) {
    child->lanes_.push_back({Release(in[i].write_end), Release(out[i].read_end)});
    fcntl(child->lanes_.back().from, F_SETFL, O_NONBLOCK);
  }
  child->stderr_ = Release(err.read_end);
  fcntl(child->stderr_, F_SETFL, O_NONBLOCK);
  return child;
}

ChildProcess::~ChildProcess() {
  for (const Lane& lane : lanes_) close(lane.to), close(lane.from);
  if (stderr_ >= 0) close(stderr_);
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
