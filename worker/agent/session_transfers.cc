// Session: data and checkpoints from and to the depot.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"
#include "worker/agent/plan_for_trainer.h"
#include "worker/agent/session.h"
#include "worker/checkpoint/checkpoint_dir.h"

namespace ff::agent {

absl::StatusOr<std::string> Session::DataFor(const Attempt& attempt) {
  const v1::Plan& plan = attempt.lease().plan();
  absl::StatusOr<std::string> here = FindData(plan, settings_.data_paths);
  if (here.ok() || plan.data_sha256().empty() || !transfers_.enabled()) return here;
  Moves& moves = moves_[attempt.id()];
  if (!std::exchange(moves.data_asked, true)) {
    conf::LogInfo(attempt.Name(), ": fetching its data, ", plan.data_sha256());
    transfers_.FetchData(attempt.id(), plan.data_sha256());
  }
  return moves.data;
}

bool Session::CheckpointIsHere(Attempt& attempt) {
  const v1::Lease& lease = attempt.lease();
  if (!lease.has_stored_checkpoint() || !transfers_.enabled()) return true;
  Moves& moves = moves_[attempt.id()];
  if (moves.checkpoint_asked) return moves.checkpoint_done;
  moves.checkpoint_asked = true;
  const absl::StatusOr<checkpoint::Found> found =
      checkpoint::CheckpointDir(attempt.folder().checkpoints()).LatestGood();
  const bool newer_here = found.ok() && found->newest.has_value() &&
                          found->newest->step >= lease.stored_checkpoint().step();
  if (newer_here) return moves.checkpoint_done = true;
  if (const absl::Status made = attempt.folder().Make(); !made.ok()) {
    conf::LogWarning(attempt.Name(), ": ", std::string(made.message()));
    return moves.checkpoint_done = true;
  }
  conf::LogInfo(attempt.Name(), ": fetching its checkpoint of step ",
                lease.stored_checkpoint().step());
  transfers_.FetchCheckpoint(attempt.id(), lease.stored_checkpoint(),
                             attempt.folder().checkpoints(), attempt.folder().journal());
  return false;
}

void Session::BringCheckpoints() {
  if (!transfers_.enabled()) return;
  for (const std::unique_ptr<Attempt>& attempt : attempts_) {
    const protocol::CheckpointWritten& newest = attempt->checkpoint();
    const bool over = attempt->state() == Attempt::State::kFinished;
    if (newest.step == 0 || over) continue;
    Moves& moves = moves_[attempt->id()];
    if (!moves.bringing && newest.step > moves.brought_step) {
      moves.bringing = true;
      moves.brought_step = newest.step;
      transfers_.BringCheckpoint(attempt->id(), newest.step, newest.path,
                                 attempt->folder().journal());
    }
    attempt->Hold(moves.bringing);
  }
}

void Session::HandleTransfers() {
  for (Transfers::Done& done : transfers_.Take()) {
    const auto is_it = [&](const auto& held) { return held->id() == done.attempt_id; };
    const auto found = std::find_if(attempts_.begin(), attempts_.end(), is_it);
    if (found == attempts_.end()) continue;  // withdrawn meanwhile
    Attempt& attempt = **found;
    Moves& moves = moves_[done.attempt_id];
    // A checkpoint that could not be brought or fetched costs steps, not the experiment.
    if (!done.status.ok() && done.kind != Transfers::Kind::kData) {
      conf::LogWarning(attempt.Name(), ": ", std::string(done.status.message()));
    }
    switch (done.kind) {
      case Transfers::Kind::kData:
        // Not UNAVAILABLE any more, which would mean that it is still on its way.
        moves.data = done.path;
        if (!done.status.ok()) moves.data = absl::NotFoundError(done.status.message());
        break;
      case Transfers::Kind::kCheckpoint:
        moves.checkpoint_done = true;
        break;
      case Transfers::Kind::kBrought:
        moves.bringing = false;
        attempt.Hold(false);
        if (done.status.ok()) attempt.SetStored(done.stored);
        if (attempt.final()) next_sync_ = absl::InfinitePast();
        break;
    }
  }
}

}  // namespace ff::agent
