// ffctl: hands the process's surroundings to the command that was asked for.
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "client/commands/all.h"
#include "client/pager.h"
#include "client/session.h"

namespace {

std::atomic<bool> interrupted{false};

winsize TerminalSize() {
  winsize size{};
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) return size;
  }
  size.ws_col = 80;
  size.ws_row = 24;
  return size;
}

// One key of the terminal without its Enter; the terminal is as before when this returns.
char ReadKey(absl::Duration patience) {
  termios before{};
  if (tcgetattr(STDIN_FILENO, &before) != 0) {
    absl::SleepFor(patience);
    return 0;
  }
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  pollfd wanted{STDIN_FILENO, POLLIN, 0};
  char key = 0;
  const int ready = poll(&wanted, 1, static_cast<int>(absl::ToInt64Milliseconds(patience)));
  if (ready > 0 && read(STDIN_FILENO, &key, 1) != 1) key = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  return key;
}

// The first ^C lets a command that follows something detach; a second one, or one where
// nobody looks at the flag, ends the program as usual.
void CatchInterrupt() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  ff::client::Session::Surroundings surroundings;
  surroundings.out = &std::cout;
  surroundings.err = &std::cerr;
  if (isatty(STDIN_FILENO) != 0) surroundings.in = &std::cin;
  surroundings.env = [](const std::string& name) -> std::string {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? "" : value;
  };
  std::error_code error;
  surroundings.cwd = std::filesystem::current_path(error).string();
  if (error) {
    std::cerr << "error: cannot tell the working directory: " << error.message() << "\n";
    return 1;
  }
  const winsize size = TerminalSize();
  surroundings.terminal = {isatty(STDOUT_FILENO) != 0, isatty(STDERR_FILENO) != 0, size.ws_col,
                           size.ws_row};
  if (isatty(STDIN_FILENO) != 0) surroundings.key = ReadKey;
  surroundings.page = ff::client::Page;
  surroundings.interrupted = &interrupted;
  surroundings.catch_interrupt = CatchInterrupt;
  ff::client::Session session(surroundings);
  return ff::client::RunCommandLine(ff::client::AllCommands(),
                                    std::vector<std::string>(argv + 1, argv + argc), session);
}
