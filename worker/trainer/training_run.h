// One attempt from `start` to `finished`, `stopped` or `failed`: steps, reports,
// evaluations, checkpoints, and the orders that come meanwhile. Reports of a resumed run
// continue those of the run it takes up. For one thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "worker/checkpoint/checkpoint_dir.h"
#include "worker/checkpoint/trunk_dir.h"
#include "worker/protocol/messages.h"
#include "worker/protocol/recent_reports.h"
#include "worker/protocol/writer.h"
#include "worker/trainer/order_queue.h"
#include "worker/trainer/rank_group.h"
#include "worker/trainer/training_session.h"

namespace ff::trainer {

class TrainingRun {
 public:
  // `group`: who trains with this process, if anybody; only rank 0 reports and writes.
  TrainingRun(const protocol::StartOrder& order, OrderQueue& orders, protocol::Writer& writer,
              RankGroup* group = nullptr);

  // Reports everything, its own failure included. An error: the agent no longer reads.
  absl::Status Run();

 private:
  struct Ordered {
    bool checkpoint = false, stop = false;
  };
  bool first() const { return group_ == nullptr || group_->first(); }
  absl::Status Agree(const absl::Status& mine) const {
    return group_ == nullptr ? mine : group_->Agree(mine);
  }
  absl::Status Prepare();
  absl::Status Build();  // the session, with the largest micro-batches that fit
  absl::Status Train();  // OK: finished or stopped, and said so
  absl::Status Restore();
  absl::Status Resume();  // from what this rank finds
  absl::Status RestoreFrom(const checkpoint::Checkpoint& checkpoint, bool trunk);
  absl::Status RestoreReports(const std::string& folder);
  absl::Status Fill(const std::string& folder);  // a checkpoint being written
  absl::Status Ready(Ordered* ordered);          // for the next step; what any rank was ordered
  absl::Status OneStep();
  absl::Status Evaluate();
  absl::Status Checkpoint();
  absl::Status CheckEqual();  // the ranks' weights
  absl::Status WriteCheckpoint();
  absl::Status Finish();

  // What to do about a lack of memory: twice as many micro-batches and on from the last finished
  // step, or `why` where that cannot help.
  absl::Status CutBatch(const absl::Status& why);
  absl::Status GoOnWithLess(const absl::Status& why);
  std::string MemoryFacts() const;

  void KeepForOthers();  // the state at a branch of the stable phase
  int64_t OwnBranch() const;
  bool CheckpointDue() const;
  bool MinutesAreUp() const;
  Ordered TakeOrders();
  absl::Status Report(const protocol::Report& report);
  int64_t TokensAt(int64_t step) const;
  double FlopsAt(int64_t step) const;
  double Seconds() const;

  protocol::StartOrder order_;  // its plan is cut into more micro-batches where memory is short
  const protocol::Plan& plan_;
  OrderQueue& orders_;
  protocol::Writer& writer_;
  RankGroup* const group_;
  checkpoint::CheckpointDir checkpoints_;
  const checkpoint::TrunkDir trunk_;
  std::unique_ptr<TrainingSession> session_;
  TrainingState state_;
  protocol::RecentReports recent_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  double checkpoint_seconds_ = 0;  // when the last one was written, or the run began
  double step_seconds_ = 0;        // since the last measurement, steps only
  int64_t steps_timed_ = 0;
  double validation_loss_ = 0;
  bool agent_gone_ = false;
};

}  // namespace ff::trainer
