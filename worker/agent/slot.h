// A place for one experiment: a device, and the trainer kept warm on it. Starts trainers,
// hands reports to the attempt that occupies the slot, and turns every way in which a
// trainer can end or go silent into the end of that attempt. For one thread, which lives
// as long as the process (see ChildProcess).
//
//   empty --Occupy--> greeting --hello--> training --finished|stopped--> empty (warm)
//                         `--------------------`---failed, ended, silent--> empty (cold)
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/attempt.h"
#include "worker/agent/settings.h"
#include "worker/agent/trainer_process.h"

namespace ff::agent {

class Slot {
 public:
  // Slots of one device have one pool.
  Slot(const v1::Device& device, std::shared_ptr<TrainerPool> pool, int64_t threads,
       Patience patience);

  const std::string& device_id() const { return device_id_; }
  const std::string& device_kind() const { return device_kind_; }
  const Attempt* attempt() const { return attempt_; }
  // Part of the device that the attempt here takes; 0 where there is none.
  double share() const { return phase_ == Phase::kEmpty ? 0 : share_; }
  // Of the trainer's process; -1: there is none.
  pid_t trainer_pid() const { return trainer_ == nullptr ? -1 : trainer_->pid(); }
  // Nobody is here and nobody is on the way out.
  bool free() const { return phase_ == Phase::kEmpty; }

  // Starts the attempt (needs a free slot; the attempt outlives its stay). `order` lacks
  // device and threads where the plan leaves them to the slot. A program that cannot be
  // started is a failed attempt.
  void Occupy(Attempt* attempt, const Program& program, protocol::StartOrder order, double share,
              absl::Time now);

  // Asks the trainer to checkpoint and stop; kills it after `grace`.
  void Stop(absl::Time now, absl::Duration grace);
  // The same if `attempt` is here, which is told nothing any more.
  void Forget(const Attempt* attempt, absl::Time now, absl::Duration grace);

  // Reads what the trainer has said and minds the clock. True: the state of an attempt has
  // changed in a way that the coordinator wants to know at once.
  bool Service(absl::Time now);

  // Descriptors whose readiness means that Service has something to do.
  std::vector<int> Descriptors() const;
  // When Service has something to do at the latest.
  absl::Time NextDeadline(absl::Time now) const;

 private:
  enum class Phase { kEmpty, kGreeting, kTraining };

  void OnReport(const protocol::Report& report, absl::Time now);
  void OnHello(const protocol::Hello& hello, absl::Time now);
  void MindSilence(absl::Time now);
  absl::Duration AllowedSilence() const;
  void Heard(absl::Time now);
  // Finds out where the trainer hangs, which takes some calls; then ends it.
  void MindStall(absl::Time now);
  // The attempt is over and the trainer is of no use any more.
  void End(const std::string& kind, const std::string& reason, int exit_code = 0);
  void Vacate(bool keep_trainer);

  const std::string device_id_, device_kind_;
  const std::shared_ptr<TrainerPool> pool_;
  const int64_t threads_;
  const Patience patience_;
  Phase phase_ = Phase::kEmpty;
  std::unique_ptr<TrainerProcess> trainer_;
  std::unique_ptr<TrainerProcess> spare_;  // of the other program, warm too
  Attempt* attempt_ = nullptr;             // null: withdrawn, or nobody here
  protocol::StartOrder order_;
  absl::Time last_heard_, kill_at_ = absl::InfiniteFuture();
  std::vector<absl::Duration> silences_;  // the newest, as a ring
  size_t next_silence_ = 0;
  absl::Duration longest_silence_;
  std::future<std::string> stack_;  // valid: it has stalled
  double share_ = 1;
  bool measured_ = false, more_ = false, notable_ = false;
};

}  // namespace ff::agent
