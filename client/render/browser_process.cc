#include "client/render/browser_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

extern char** environ;

namespace ff::render {
namespace {

namespace fs = std::filesystem;

// --remote-debugging-pipe reads from descriptor 3 and writes to 4.
constexpr int kBrowserIn = 3;
constexpr int kBrowserOut = 4;

std::vector<std::string> Arguments(const std::string& program, const std::string& profile) {
  std::vector<std::string> words = {program,
                                    "--headless",
                                    "--remote-debugging-pipe",
                                    absl::StrCat("--user-data-dir=", profile),
                                    "--disable-gpu",
                                    "--disable-quic",
                                    "--disable-dev-shm-usage",
                                    "--disable-breakpad",
                                    "--disable-crash-reporter",
                                    "--disable-background-networking",
                                    "--disable-component-update",
                                    "--disable-default-apps",
                                    "--disable-extensions",
                                    "--disable-sync",
                                    "--hide-scrollbars",
                                    "--metrics-recording-only",
                                    "--mute-audio",
                                    "--no-default-browser-check",
                                    "--no-first-run",
                                    "--password-store=basic",
                                    "--use-mock-keychain"};
  // Chromium refuses to run as root with its sandbox; nothing but our own page is loaded.
  if (geteuid() == 0) words.push_back("--no-sandbox");
  words.push_back("about:blank");
  return words;
}

// A write to a browser that died must be an error, not the end of our program. SIGPIPE
// can't be switched off for a pipe, but for a socket it can.
absl::Status MakeChannel(int ends[2]) {
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot make a channel to the browser: ", std::strerror(errno)));
}

void CloseAll(std::initializer_list<int> descriptors) {
  for (int fd : descriptors) {
    if (fd >= 0) close(fd);
  }
}

// True once `pid` was reaped.
bool ReapedWithin(pid_t pid, absl::Duration patience) {
  const absl::Time end = absl::Now() + patience;
  while (true) {
    const pid_t done = waitpid(pid, nullptr, WNOHANG);
    if (done == pid || (done < 0 && errno == ECHILD)) return true;
    if (absl::Now() >= end) return false;
    absl::SleepFor(absl::Milliseconds(10));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<BrowserProcess>> BrowserProcess::Start(const std::string& program) {
  std::unique_ptr<BrowserProcess> browser(new BrowserProcess());
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "ff-render-XXXXXX").string();
  if (error || mkdtemp(pattern.data()) == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("cannot make a temporary folder for the browser (", pattern,
                     "): ", error ? error.message() : std::strerror(errno)));
  }
  browser->profile_ = pattern;
  if (absl::Status spawned = browser->Spawn(program); !spawned.ok()) return spawned;
  return browser;
}

absl::Status BrowserProcess::Spawn(const std::string& program) {
  int in[2] = {-1, -1};
  int out[2] = {-1, -1};
  if (absl::Status made = MakeChannel(in); !made.ok()) return made;
  if (absl::Status made = MakeChannel(out); !made.ok()) {
    CloseAll({in[0], in[1]});
    return made;
  }
  // Above 4, so that dup2 onto 3 and 4 in the child can't destroy one of them first.
  const int browser_in = fcntl(in[0], F_DUPFD_CLOEXEC, 10);
  const int browser_out = fcntl(out[1], F_DUPFD_CLOEXEC, 10);
  CloseAll({in[0], out[1]});
  to_browser_ = in[1];
  from_browser_ = out[0];

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, browser_in, kBrowserIn);
  posix_spawn_file_actions_adddup2(&actions, browser_out, kBrowserOut);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  const std::string log = profile_ + "/stderr.txt";
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);

  std::vector<std::string> words = Arguments(program, profile_);
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int error =
      posix_spawn(&pid_, program.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  CloseAll({browser_in, browser_out});
  if (error == 0) return absl::OkStatus();
  pid_ = -1;
  return absl::UnavailableError(
      absl::StrCat("cannot start the browser ", program, ": ", std::strerror(error)));
}

BrowserProcess::~BrowserProcess() {
  // Chromium leaves by itself when its pipe closes; what has not left then is killed, the
  // whole group, so that no renderer outlives us.
  CloseAll({to_browser_, from_browser_});
  if (pid_ > 0) {
    const bool left = ReapedWithin(pid_, absl::Milliseconds(500));
    kill(-pid_, SIGKILL);
    if (!left) ReapedWithin(pid_, absl::Seconds(5));
  }
  if (profile_.empty()) return;
  // A dying child may still write into the folder.
  std::error_code error;
  for (int attempt = 0; attempt < 20; ++attempt) {
    fs::remove_all(profile_, error);
    if (!error) return;
    absl::SleepFor(absl::Milliseconds(25));
  }
}

absl::Status BrowserProcess::Gone(const std::string& what) const {
  std::ifstream file(profile_ + "/stderr.txt", std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  const std::string tail = text.substr(text.size() - std::min<size_t>(text.size(), 600));
  return absl::UnavailableError(absl::StrCat(what, tail.empty() ? "" : "; it last wrote: ", tail));
}

absl::Status BrowserProcess::WaitFor(int fd, short events, absl::Time deadline) const {
  while (true) {
    const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
    if (left <= 0) {
      return absl::DeadlineExceededError(
          "the browser did not answer in time; try again, or raise the time limit on a slow "
          "machine");
    }
    pollfd waiting = {fd, events, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(std::min<int64_t>(left, 1000)));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) {
      return Gone(absl::StrCat("cannot wait for the browser: ", std::strerror(errno)));
    }
  }
}

absl::Status BrowserProcess::Write(const std::string& message, absl::Time deadline) {
  const char* next = message.c_str();
  size_t left = message.size() + 1;  // messages end with a NUL
  while (left > 0) {
    if (absl::Status ready = WaitFor(to_browser_, POLLOUT, deadline); !ready.ok()) return ready;
    const ssize_t written = send(to_browser_, next, left, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return Gone("the browser ended while it was given work");
    next += written;
    left -= written;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> BrowserProcess::Read(absl::Time deadline) {
  size_t searched = 0;
  while (true) {
    const size_t end = pending_.find('\0', searched);
    if (end != std::string::npos) {
      std::string message = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return message;
    }
    searched = pending_.size();
    if (absl::Status ready = WaitFor(from_browser_, POLLIN, deadline); !ready.ok()) return ready;
    char buffer[65536];
    const ssize_t got = recv(from_browser_, buffer, sizeof(buffer), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Gone("the browser ended before it had drawn everything");
    pending_.append(buffer, got);
  }
}

}  // namespace ff::render
