#include "client/pager.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace ff::client {
namespace {

constexpr int kNoSuchCommand = 127;  // of the shell

}  // namespace

std::string PagerCommand(const Environment& env) {
  std::string command = env("FFCTL_PAGER");
  if (command.empty()) command = env("PAGER");
  return command == "cat" ? "" : command;
}

size_t ScreenLines(const std::string& text, size_t columns) {
  size_t lines = 0, width = 0;
  bool escape = false;
  for (const char c : text) {
    if (c == '\x1b') {
      escape = true;
    } else if (escape) {
      escape = !(c >= '@' && c <= '~' && c != '[');  // a CSI sequence ends with a letter
    } else if (c == '\n') {
      lines += std::max<size_t>(1, (width + columns - 1) / std::max<size_t>(columns, 1));
      width = 0;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return lines + (width > 0 ? 1 : 0);
}

bool Page(const std::string& command, const std::string& text) {
  setenv("LESS", "FRX", 0);
  // Who leaves a pager early is no error.
  const auto before = signal(SIGPIPE, SIG_IGN);
  const auto interrupt = signal(SIGINT, SIG_IGN);  // the pager's, as long as it runs
  std::FILE* pipe = popen(command.c_str(), "w");
  bool started = pipe != nullptr;
  if (started) {
    (void)std::fwrite(text.data(), 1, text.size(), pipe);
    const int status = pclose(pipe);
    started = !(WIFEXITED(status) && WEXITSTATUS(status) == kNoSuchCommand);
  }
  signal(SIGPIPE, before);
  signal(SIGINT, interrupt);
  return started;
}

}  // namespace ff::client
