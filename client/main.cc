// ffctl: hands the process's surroundings to the command that was asked for.
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "client/commands/all.h"
#include "client/session.h"

namespace {

std::atomic<bool> interrupted{false};

size_t TerminalWidth() {
  winsize size{};
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return 80;
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
  surroundings.terminal = {isatty(STDOUT_FILENO) != 0, isatty(STDERR_FILENO) != 0, TerminalWidth()};
  surroundings.interrupted = &interrupted;
  surroundings.catch_interrupt = CatchInterrupt;
  ff::client::Session session(surroundings);
  return ff::client::RunCommandLine(ff::client::AllCommands(),
                                    std::vector<std::string>(argv + 1, argv + argc), session);
}
