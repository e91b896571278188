// A running trainer: a child process that speaks the trainer protocol. Reading never
// waits. However it goes wrong (exit, signal, a line that is no report, a closed pipe), it
// ends as `ended` with the reason, and the process is gone when the object is.
// For one thread (see ChildProcess on which).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "worker/agent/child_process.h"
#include "worker/agent/settings.h"
#include "worker/protocol/reader.h"
#include "worker/protocol/writer.h"

namespace ff::agent {

class TrainerProcess {
 public:
  // Errors as ChildProcess::Spawn. The trainer's first report is its hello.
  static absl::StatusOr<std::unique_ptr<TrainerProcess>> Start(const Program& program);

  const Program& program() const { return program_; }
  pid_t pid() const { return child_->pid(); }

  // UNAVAILABLE: it reads no more.
  absl::Status Send(const protocol::Order& order);

  struct Output {
    std::vector<protocol::Report> reports;
    std::string log;    // what it wrote to standard error
    bool more = false;  // there is more to read at once
    // It is no longer of use: why, as "exited with code 3" after the words "the trainer".
    std::optional<std::string> ended;
    int exit_code = 0;  // with `ended` where the process did: 128 + signal where one ended it
  };
  Output Read(absl::Time now);

  // Descriptors to poll for reading; -1: none.
  int reports_fd() const { return eof_ ? -1 : child_->stdout_fd(); }
  int log_fd() const { return child_->stderr_fd(); }
  // It has closed its output and is about to end: no descriptor tells when.
  bool ending() const { return eof_; }

 private:
  TrainerProcess(Program program, std::unique_ptr<ChildProcess> child);
  void ReadReports(Output& output);
  void ReadLog(Output& output);
  void AwaitEnd(absl::Time now, Output& output);

  const Program program_;
  const std::unique_ptr<ChildProcess> child_;
  protocol::Reader reader_;
  protocol::Writer writer_;
  bool eof_ = false;
  absl::Time eof_at_;
};

}  // namespace ff::agent
