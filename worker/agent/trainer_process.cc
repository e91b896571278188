#include "worker/agent/trainer_process.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace ff::agent {
namespace {

constexpr int kReportsAtOnce = 1000;
// A process that frees the memory of a GPU takes a while between its last words and its end.
constexpr absl::Duration kTimeToEnd = absl::Seconds(10);

}  // namespace

absl::StatusOr<std::unique_ptr<TrainerProcess>> TrainerProcess::Start(const Program& program) {
  auto seat = TrainerPool({}, 1).Take(program);
  if (!seat.ok()) return seat.status();
  return std::make_unique<TrainerProcess>(*std::move(seat));
}

TrainerProcess::TrainerProcess(TrainerPool::Seat seat)
    : host_(std::move(seat.host)),
      lane_(seat.lane),
      reader_(host_->child().stdout_fd(lane_)),
      writer_(host_->child().stdin_fd(lane_)) {}

TrainerProcess::~TrainerProcess() { host_->End(lane_); }

absl::Status TrainerProcess::Send(const protocol::Order& order) { return writer_.Write(order); }

TrainerProcess::Output TrainerProcess::Read(absl::Time now) {
  Output output;
  if (!eof_) {
    ReadReports(output);
    if (eof_) eof_at_ = now;
  }
  if (eof_) AwaitEnd(now, output);
  output.log = host_->TakeLog(lane_);  // last: what was written before the end is there now
  output.bystander = output.ended && host_->EndedForAnother(lane_);
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

void TrainerProcess::AwaitEnd(absl::Time now, Output& output) {
  if (const std::optional<int> status = host_->child().TryReap()) {
    output.ended = DescribeExit(*status);
    output.exit_code = ExitCodeOf(*status);
  } else if (now - eof_at_ > kTimeToEnd) {
    output.ended = "closed its output and did not end";
  }
}

}  // namespace ff::agent
