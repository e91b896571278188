#include "server/provisioner/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace ff::provisioner {
namespace {

constexpr size_t kMostOutput = 1 << 20;
constexpr absl::Duration kLook = absl::Milliseconds(5);

class Pipe {
 public:
  Pipe() { open_ = pipe2(ends_, O_CLOEXEC) == 0; }
  ~Pipe() {
    if (!open_) return;
    close(ends_[0]);
    CloseWriteEnd();
  }
  Pipe(const Pipe&) = delete;
  bool open() const { return open_; }
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void CloseWriteEnd() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
  bool open_ = false;
};

// Our threads block signals and ignore SIGPIPE; what we start must not inherit that.
class Start {
 public:
  Start(const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files_, out.write_end(), 1);
    posix_spawn_file_actions_adddup2(&files_, err.write_end(), 2);
    posix_spawnattr_init(&attributes_);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    for (const int signal : {SIGPIPE, SIGTERM, SIGINT}) sigaddset(&defaults, signal);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~Start() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  Start(const Start&) = delete;
  int Run(const std::vector<std::string>& words, pid_t* pid) {
    std::vector<std::string> copies = words;
    std::vector<char*> argv;
    for (std::string& word : copies) argv.push_back(word.data());
    argv.push_back(nullptr);
    return posix_spawnp(pid, argv[0], &files_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

// False: it has been closed by all who write.
bool Drain(int fd, std::string* text) {
  char buffer[4096];
  const ssize_t n = read(fd, buffer, sizeof(buffer));
  if (n < 0) return errno == EINTR || errno == EAGAIN;
  text->append(buffer, std::min<size_t>(static_cast<size_t>(n), kMostOutput - text->size()));
  return n > 0;
}

// Until both are closed or the time is over; false: it is over.
bool ReadBoth(const Pipe& out, const Pipe& err, absl::Time deadline, ProgramOutput* output) {
  pollfd ends[2] = {{out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}};
  while (ends[0].fd >= 0 || ends[1].fd >= 0) {
    const absl::Duration left = deadline - absl::Now();
    if (left <= absl::ZeroDuration()) return false;
    const int ready = poll(ends, 2, static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0) continue;
    if (ends[0].revents != 0 && !Drain(ends[0].fd, &output->out)) ends[0].fd = -1;
    if (ends[1].revents != 0 && !Drain(ends[1].fd, &output->err)) ends[1].fd = -1;
  }
  return true;
}

// False: it lives on at `deadline`.
bool AwaitEnd(pid_t pid, absl::Time deadline, int* status) {
  while (true) {
    const pid_t ended = waitpid(pid, status, WNOHANG);
    if (ended == pid) return true;
    if (absl::Now() >= deadline) return false;
    std::this_thread::sleep_for(absl::ToChronoMilliseconds(kLook));
  }
}

}  // namespace

absl::StatusOr<ProgramOutput> RunProgram(const std::vector<std::string>& words,
                                         absl::Duration patience) {
  const absl::Time deadline = absl::Now() + patience;
  Pipe out, err;
  if (!out.open() || !err.open()) return absl::UnavailableError("no more files can be opened");
  pid_t pid = 0;
  if (const int error = Start(out, err).Run(words, &pid); error != 0) {
    const std::string message = absl::StrCat("cannot run ", words[0], ": ", strerror(error));
    return error == ENOENT ? absl::NotFoundError(message) : absl::UnavailableError(message);
  }
  out.CloseWriteEnd();
  err.CloseWriteEnd();
  ProgramOutput output;
  int status = 0;
  if (!ReadBoth(out, err, deadline, &output) || !AwaitEnd(pid, deadline, &status)) {
    kill(-pid, SIGKILL);
    waitpid(pid, &status, 0);
    return absl::DeadlineExceededError(absl::StrCat(
        words[0], " did not end within ", absl::FormatDuration(patience), " and was killed"));
  }
  output.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output;
}

}  // namespace ff::provisioner
