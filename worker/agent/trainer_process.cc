#include "worker/agent/trainer_process.h"

#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"

namespace ff::agent {
namespace {

constexpr int kReportsAtOnce = 1000;
constexpr size_t kLogBytesAtOnce = 256 * 1024;
// A process that frees the memory of a GPU takes a while between its last words and its end.
constexpr absl::Duration kTimeToEnd = absl::Seconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<TrainerProcess>> TrainerProcess::Start(const Program& program) {
  absl::StatusOr<std::unique_ptr<ChildProcess>> child = ChildProcess::Spawn(program);
  if (!child.ok()) return child.status();
  return std::unique_ptr<TrainerProcess>(new TrainerProcess(program, *std::move(child)));
}

TrainerProcess::TrainerProcess(Program program, std::unique_ptr<ChildProcess> child)
    : program_(std::move(program)),
      child_(std::move(child)),
      reader_(child_->stdout_fd()),
      writer_(child_->stdin_fd()) {}

absl::Status TrainerProcess::Send(const protocol::Order& order) { return writer_.Write(order); }

TrainerProcess::Output TrainerProcess::Read(absl::Time now) {
  Output output;
  if (!eof_) {
    ReadReports(output);
    if (eof_) eof_at_ = now;
  }
  if (eof_) AwaitEnd(now, output);
  ReadLog(output);  // last: what was written before the end is there now
  return output;
}

void TrainerProcess::ReadReports(Output& output) {
  while (output.reports.size() < kReportsAtOnce) {
    absl::StatusOr<protocol::Report> report = reader_.NextReport(absl::ZeroDuration());
    if (report.ok()) {
      output.reports.push_back(*std::move(report));
    } else if (absl::IsDeadlineExceeded(report.status())) {
      return;
    } else if (absl::IsInvalidArgument(report.status())) {
      output.ended = absl::StrCat("broke the protocol: ", std::string(report.status().message()));
      return;
    } else {
      eof_ = true;
      return;
    }
  }
  output.more = true;
}

void TrainerProcess::ReadLog(Output& output) {
  std::array<char, 16384> block;
  while (child_->stderr_fd() >= 0 && output.log.size() < kLogBytesAtOnce) {
    const ssize_t got = read(child_->stderr_fd(), block.data(), block.size());
    if (got > 0) {
      output.log.append(block.data(), got);
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      child_->CloseStderr();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void TrainerProcess::AwaitEnd(absl::Time now, Output& output) {
  if (const std::optional<int> status = child_->TryReap()) {
    output.ended = DescribeExit(*status);
    output.exit_code = ExitCodeOf(*status);
  } else if (now - eof_at_ > kTimeToEnd) {
    output.ended = "closed its output and did not end";
  }
}

}  // namespace ff::agent
