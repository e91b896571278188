// A running trainer: a child process, or a lane of one, that speaks the trainer protocol.
// Reading never waits. However it goes wrong (exit, signal, a line that is no report, a
// closed pipe), it ends as `ended` with the reason, and the process is gone when the object is.
// For one thread (see ChildProcess on which).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "worker/agent/settings.h"
#include "worker/agent/trainer_host.h"
#include "worker/protocol/reader.h"
#include "worker/protocol/writer.h"

namespace ff::agent {

class TrainerProcess {
 public:
  // A process of its own. Errors as ChildProcess::Spawn. The trainer's first report is its hello.
  static absl::StatusOr<std::unique_ptr<TrainerProcess>> Start(const Program& program);
  explicit TrainerProcess(TrainerPool::Seat seat);
  ~TrainerProcess();
  TrainerProcess(const TrainerProcess&) = delete;

  const Program& program() const { return host_->program(); }
  pid_t pid() const { return host_->child().pid(); }
  // Its end would be that of other trainers too.
  bool shared() const { return host_->child().lanes() > 1; }

  // UNAVAILABLE: it reads no more.
  absl::Status Send(const protocol::Order& order);

  struct Output {
    std::vector<protocol::Report> reports;
    std::string log;    // what it wrote to standard error
    bool more = false;  // there is more to read at once
    // It is no longer of use: why, as "exited with code 3" after the words "the trainer".
    std::optional<std::string> ended;
    int exit_code = 0;       // with `ended` where the process did: 128 + signal where one ended it
    bool bystander = false;  // and that because another lane of the process was to end
  };
  Output Read(absl::Time now);

  // Descriptors to poll for reading; -1: none.
  int reports_fd() const { return eof_ ? -1 : host_->child().stdout_fd(lane_); }
  int log_fd() const { return host_->child().stderr_fd(); }
  // It has closed its output and is about to end: no descriptor tells when.
  bool ending() const { return eof_; }

 private:
  void ReadReports(Output& output);
  void AwaitEnd(absl::Time now, Output& output);

  const std::shared_ptr<TrainerHost> host_;
  const int lane_;
  protocol::Reader reader_;
  protocol::Writer writer_;
  bool eof_ = false;
  absl::Time eof_at_;
};

}  // namespace ff::agent
