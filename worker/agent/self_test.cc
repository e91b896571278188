#include "worker/agent/self_test.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "conf/load/logging.h"
#include "worker/agent/child_process.h"
#include "worker/agent/devices.h"

namespace ff::agent {
namespace {

constexpr absl::Duration kPatience = absl::Minutes(5);  // LibTorch and CUDA on a cold, shared disk

// y = A x with A a rotation by 1 radian in each pair of coordinates, 1000 times: the length of x
// must stay what it was, and integers must come back through the floating-point unit.
std::string SelfTestCpu() {
  constexpr int kSize = 4096;
  std::vector<double> x(kSize);
  for (int i = 0; i < kSize; ++i) x[i] = i + 1;
  const double cosine = std::cos(1.0), sine = std::sin(1.0);
  double before = 0, after = 0;
  for (const double value : x) before += value * value;
  for (int round = 0; round < 1000; ++round) {
    for (int i = 0; i < kSize; i += 2) {
      const double a = x[i], b = x[i + 1];
      x[i] = cosine * a - sine * b;
      x[i + 1] = sine * a + cosine * b;
    }
  }
  for (const double value : x) after += value * value;
  // 1000 rotations, each with a rounding error of some 1e-16.
  if (std::abs(after / before - 1) < 1e-12) return "";
  return "the CPU gets a rotation wrong";
}

std::string LastLine(const std::string& text) {
  const std::string stripped(absl::StripAsciiWhitespace(text));
  const size_t newline = stripped.rfind('\n');
  return newline == std::string::npos ? stripped : stripped.substr(newline + 1);
}

// Reads what is there; false at the end.
bool ReadSome(int fd, std::string* text) {
  char block[4096];
  const ssize_t got = read(fd, block, sizeof(block));
  if (got > 0) text->append(block, static_cast<size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

std::string SelfTestBy(const std::string& program, const std::string& device_id,
                       absl::Duration patience) {
  const auto child = ChildProcess::Spawn({program, "--self-test", device_id});
  if (!child.ok()) return std::string(child.status().message());
  const absl::Time deadline = absl::Now() + patience;
  std::string log, ignored;
  bool open_log = true, open_out = true;
  while (absl::Now() < deadline) {
    if (const std::optional<int> status = (*child)->TryReap()) {
      while (open_log && ReadSome((*child)->stderr_fd(), &log) && log.size() < 65536) {
        pollfd more = {(*child)->stderr_fd(), POLLIN, 0};
        if (poll(&more, 1, 0) <= 0) break;
      }
      if (WIFEXITED(*status) && WEXITSTATUS(*status) == 0) return "";
      if (WIFEXITED(*status) && WEXITSTATUS(*status) == 2) {
        conf::LogDebug(program, " knows no self-test: ", LastLine(log));
        return "";
      }
      return absl::StrCat("the self-test ", DescribeExit(*status), ": ", LastLine(log));
    }
    pollfd ready[] = {{open_log ? (*child)->stderr_fd() : -1, POLLIN, 0},
                      {open_out ? (*child)->stdout_fd() : -1, POLLIN, 0}};
    poll(ready, 2, 20);
    if (ready[0].revents != 0) open_log = ReadSome((*child)->stderr_fd(), &log);
    if (ready[1].revents != 0) open_out = ReadSome((*child)->stdout_fd(), &ignored);
  }
  return absl::StrCat("the self-test did not end within ", absl::FormatDuration(patience));
}

std::string SelfTest(const Settings& settings, const v1::Device& device) {
  if (device.kind() == "cpu") return SelfTestCpu();
  const absl::StatusOr<Program> program = TrainerFor(settings, "umup_gpt");
  if (!program.ok()) return "";  // then there is nothing that would use the device
  for (const std::string& member : MembersOf(device)) {
    const std::string wrong = SelfTestBy(program->front(), member, kPatience);
    if (!wrong.empty()) return wrong;
  }
  return "";
}

}  // namespace ff::agent
