// Speaks the trainer protocol and answers from the stand-in law instead of training:
// measurements, evaluations, checkpoints and resuming are as a trainer's, tensors there
// are none. For one thread; Run returns when there is nothing more to read.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "worker/checkpoint/checkpoint_dir.h"
#include "worker/protocol/reader.h"
#include "worker/protocol/recent_reports.h"
#include "worker/protocol/writer.h"
#include "worker/synthetic/fault.h"

namespace ff::synthetic {

class StandInTrainer {
 public:
  // Neither descriptor is owned.
  StandInTrainer(int orders_fd, int reports_fd, Fault fault);

  // Says hello and serves orders. OK: end of file while waiting or training (the agent is
  // gone). INVALID_ARGUMENT: a line that is no order. UNAVAILABLE: a pipe is broken.
  absl::Status Run();

 private:
  // One experiment, from `start` to its final report.
  struct Training {
    protocol::StartOrder order;
    checkpoint::CheckpointDir checkpoints;
    absl::Time begun;
    int64_t first_step = 0;  // resumed from
    int64_t step = 0;        // finished steps
    int64_t saved_step = -1;
    protocol::RecentReports recent;
    bool stopping = false;
  };

  absl::Status Train(const protocol::StartOrder& order);
  absl::Status Resume(Training& training);
  absl::Status RepeatReports(Training& training, const std::string& folder);
  absl::Status Say(Training& training, const protocol::Report& report);
  absl::Status Steps(Training& training);
  absl::Status OneStep(Training& training);
  // Lets a step's time pass, and heeds orders meanwhile.
  absl::Status PassTime(Training& training);
  absl::Status Heed(const protocol::Order& order, Training& training);
  absl::Status Save(Training& training);
  absl::Status Finish(const Training& training);
  absl::Status Fail(const std::string& kind, const std::string& message, int64_t step);
  absl::Status Strike(const Training& training);

  protocol::Reader reader_;
  protocol::Writer writer_;
  const int reports_fd_;
  const Fault fault_;
};

}  // namespace ff::synthetic
