// What the agent knows of one attempt it holds, and what of it the coordinator has not
// acknowledged yet. Every report of the trainer goes through here: into the journal,
// then into the next Synchronize. Makes no decisions about processes. For one thread.
//
//   kWaiting --> kStarting --> kRunning --> kFinished | kFailed | kStopped
//       `------------`-------------^-- each may also fail or be stopped
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ff/v1/worker.pb.h"
#include "worker/agent/experiment_folder.h"
#include "worker/agent/journal.h"
#include "worker/protocol/messages.h"

namespace ff::agent {

class Attempt {
 public:
  enum class State { kWaiting, kStarting, kRunning, kFinished, kFailed, kStopped };

  Attempt(v1::Lease lease, const std::string& experiments);
  // A finished attempt of an agent that died before its report was settled. The reports of
  // the journal go with it.
  static std::unique_ptr<Attempt> Recovered(const FolderName& name, v1::AttemptReport finished,
                                            const std::string& experiments);

  int64_t id() const { return lease_.attempt_id(); }
  const v1::Lease& lease() const { return lease_; }
  const ExperimentFolder& folder() const { return folder_; }
  State state() const { return state_; }
  bool final() const { return state_ >= State::kFinished; }
  int64_t step() const { return report_.step(); }
  std::string Name() const;  // "attempt 7 of experiment ab12", for logs
  // The newest checkpoint that the trainer wrote; step 0: none.
  const protocol::CheckpointWritten& checkpoint() const { return checkpoint_; }
  void SetStored(const v1::StoredCheckpoint& stored);
  // Until its last step, at its present speed; infinite where that is not known.
  absl::Duration Remaining() const;

  void Starting(const std::string& device_id);
  // `stopped` and the like; `hello` and `failed` included. UNAVAILABLE, RESOURCE_EXHAUSTED:
  // the disk took it not; the attempt goes on all the same.
  absl::Status OnReport(const protocol::Report& report);
  // No more reports will come: the last lines of the log are added to the message.
  void Fail(const std::string& kind, const std::string& message, int exit_code = 0);
  void Stop();
  // While held, a stopped attempt is reported as running: its checkpoint is still on its way.
  void Hold(bool held) { held_ = held; }
  absl::Status AppendLog(absl::string_view text);

  // The next report, with at most `measurements` of those not acknowledged; it stays
  // "running" until the last of them fits in. The same is not counted twice: call
  // Acknowledge when the coordinator has answered the request that this report was in.
  v1::AttemptReport MakeReport(int measurements);
  void Acknowledge();
  // The last report could not hold all there was.
  bool cut_off() const { return cut_off_; }

 private:
  absl::Status OnStarted(const protocol::Started& started);
  absl::Status OnMeasurement(const protocol::Report& report);
  absl::Status OnFinished(const protocol::Finished& finished);
  const char* StateWord() const;
  std::string LastLines() const;

  const v1::Lease lease_;
  const ExperimentFolder folder_;
  Journal journal_;
  State state_ = State::kWaiting;
  v1::AttemptReport report_;                // all but measurements and log
  std::vector<protocol::Report> repeated_;  // came before `started`
  double earlier_seconds_ = 0;
  std::vector<v1::Measurement> pending_;
  size_t sent_measurements_ = 0;
  std::string pending_log_, recent_log_;
  size_t sent_log_ = 0;
  bool cut_off_ = false, held_ = false;
  protocol::CheckpointWritten checkpoint_;
};

}  // namespace ff::agent
