#include "worker/trainer/training_run.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "worker/checkpoint/durable.h"
#include "worker/trainer/devices.h"
#include "worker/trainer/failure.h"

namespace ff::trainer {
namespace {

void Log(const std::string& line) { std::fprintf(stderr, "ff-trainer: %s\n", line.c_str()); }

// Steps whose losses make up final_train_loss: the last tenth, at least one.
int64_t TailBegin(int64_t steps) { return steps - std::max<int64_t>(steps / 10, 1); }

bool Due(int64_t step, int64_t every) { return every > 0 && step % every == 0; }

}  // namespace

TrainingRun::TrainingRun(const protocol::StartOrder& order, OrderQueue& orders,
                         protocol::Writer& writer, RankGroup* group)
    : order_(order),
      plan_(order_.plan),
      orders_(orders),
      writer_(writer),
      group_(group),
      checkpoints_(order.checkpoint_dir),
      trunk_(order.resume ? order.trunk_dir : "") {}

absl::Status TrainingRun::Run() {
  absl::Status status = Prepare();
  if (status.ok()) status = Train();
  if (agent_gone_) return status;
  if (status.ok()) return status;
  std::string message(status.message());
  if (FailureKind(status) == "diverged" && state_.step > 0) {
    absl::StrAppendFormat(&message, "; the last good loss was %.4f, of step %d", state_.last_loss,
                          state_.step);
  }
  return Report(protocol::Failed{FailureKind(status), message, state_.step, state_.last_loss});
}

absl::Status TrainingRun::Prepare() {
  if (absl::Status built = Build(); !built.ok()) return built;
  if (const double epochs = session_->epochs(); epochs > 1 && first()) {
    Log(absl::StrFormat("this run reads the training text %.2f times", epochs));
  }
  if (order_.resume) {
    if (absl::Status restored = Restore(); !restored.ok()) return restored;
  } else if (group_ != nullptr) {
    session_->ShareFirst(state_);
  }
  return Report(protocol::Started{order_.attempt_id, session_->parameters(), state_.step});
}

absl::Status TrainingRun::Build() {
  while (true) {
    auto session = TrainingSession::Create(order_, group_);
    const absl::Status built = Agree(session.status());
    if (built.ok()) {
      session_ = *std::move(session);
      return absl::OkStatus();
    }
    session = built;  // gives back what it holds
    if (absl::Status cut = CutBatch(built); !cut.ok()) return cut;
    ReleaseDeviceMemory(order_.device);
  }
}

// Rank 0 reads, for the others may be on hosts that do not have its files.
absl::Status TrainingRun::Restore() {
  if (group_ == nullptr) return Resume();
  const absl::Status resumed = group_->Agree(first() ? Resume() : absl::OkStatus());
  if (resumed.ok()) session_->ShareFirst(state_);
  return resumed;
}

// Its own checkpoint, or the state of a stable phase that another experiment has come further in.
absl::Status TrainingRun::Resume() {
  const auto own = checkpoints_.LatestGood();
  if (!own.ok()) return own.status();
  for (const std::string& rejected : own->rejected) Log("passed over " + rejected);
  const auto shared = trunk_.Newest(OwnBranch());
  if (!shared.ok()) Log(std::string(shared.status().message()));
  const int64_t own_step = own->newest.has_value() ? own->newest->step : 0;
  if (shared.ok() && shared->newest.has_value() && shared->newest->step > own_step) {
    const absl::Status restored = RestoreFrom(*shared->newest, true);
    if (restored.ok()) {
      Log(absl::StrCat("branches off a shared stable phase at step ", state_.step));
      return RestoreReports(shared->newest->path);
    }
    Log("passed over " + std::string(restored.message()));
  }
  if (!own->newest.has_value()) return absl::OkStatus();
  if (absl::Status restored = RestoreFrom(*own->newest, false); !restored.ok()) return restored;
  return RestoreReports(own->newest->path);
}

absl::Status TrainingRun::RestoreFrom(const checkpoint::Checkpoint& checkpoint, bool trunk) {
  const auto state = session_->Restore(checkpoint.path, trunk);
  if (!state.ok()) return state.status();
  state_ = *state;
  return absl::OkStatus();
}

absl::Status TrainingRun::CutBatch(const absl::Status& why) {
  if (FailureKind(why) != "out_of_memory") return why;
  const int64_t pieces = plan_.accumulation_steps, sequences = plan_.batch_size;
  const std::string facts =
      absl::StrCat("out of memory with micro-batches of ", (sequences + pieces - 1) / pieces,
                   " sequences (", std::string(why.message()), "); ", MemoryFacts());
  if (pieces >= sequences) {
    return Failure("out_of_memory", facts + "; there are no smaller micro-batches");
  }
  // With fewer pieces than ranks each rank has one.
  const int64_t ranks = group_ == nullptr ? 1 : group_->ranks();
  order_.plan.accumulation_steps = std::min(2 * std::max(pieces, ranks), sequences);
  Log(absl::StrCat(facts, "; going on with ", plan_.accumulation_steps, " micro-batches a step"));
  return absl::OkStatus();
}

// The weights are those of the last finished step: a step changes them after its last micro-batch.
absl::Status TrainingRun::GoOnWithLess(const absl::Status& why) {
  if (absl::Status cut = CutBatch(why); !cut.ok()) return cut;
  const int64_t step = state_.step;
  if (step > 0) {
    if (absl::Status saved = Checkpoint(); !saved.ok()) return saved;
  }
  session_.reset();
  ReleaseDeviceMemory(order_.device);
  if (absl::Status built = Build(); !built.ok()) return built;
  const auto take_up = [&]() -> absl::Status {
    if (step == 0 || !first()) return absl::OkStatus();
    const auto found = checkpoints_.LatestGood(step);
    if (!found.ok()) return found.status();
    if (!found->newest.has_value() || found->newest->step != step) {
      return absl::DataLossError(absl::StrCat("the checkpoint of step ", step, " is damaged"));
    }
    return RestoreFrom(*found->newest, false);
  };
  const absl::Status taken = Agree(take_up());
  if (taken.ok() && group_ != nullptr) session_->ShareFirst(state_);
  return taken;
}

std::string TrainingRun::MemoryFacts() const {
  constexpr double kGb = 1e9;
  std::string text =
      absl::StrFormat("%.2f GB held at the peak", PeakDeviceBytes(order_.device) / kGb);
  if (const double planned = plan_.estimated_memory_bytes / kGb; planned > 0) {
    absl::StrAppendFormat(&text, ", %.*f GB planned", planned < 0.1 ? 4 : 2, planned);
    // What a device counts is tensors alone; a host has the program as well.
    if (order_.device == "cpu") text += " for tensors";
  }
  if (const double total = TotalDeviceBytes(order_.device); total > 0) {
    absl::StrAppendFormat(&text, ", %.1f GB on the device", total / kGb);
  }
  return text;
}

// Repeated before `started`, so that the agent can fill what it never read.
absl::Status TrainingRun::RestoreReports(const std::string& folder) {
  const auto text = checkpoint::ReadFile(folder + protocol::RecentReports::kFile);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();  // of an earlier version
  if (!text.ok()) return text.status();
  protocol::RecentReports kept;
  if (absl::Status restored = kept.Restore(*text); !restored.ok()) return restored;
  std::vector<protocol::Report> reports = kept.reports();
  for (protocol::Report& report : reports) {
    // Those of another run of the trunk: its FLOP at a step differ by rounding.
    if (auto* m = std::get_if<protocol::Measurement>(&report)) m->flops = FlopsAt(m->step);
    if (auto* e = std::get_if<protocol::Evaluation>(&report)) e->flops = FlopsAt(e->step);
    recent_.Add(report);
    absl::Status written = writer_.Write(report);
    agent_gone_ = !written.ok();
    if (agent_gone_) return written;
  }
  return absl::OkStatus();
}

absl::Status TrainingRun::Train() {
  while (state_.step < plan_.steps) {
    Ordered ordered;
    const absl::Status ready = Ready(&ordered);
    if (ordered.stop) {
      if (absl::Status written = Checkpoint(); !written.ok()) return written;
      return Report(protocol::Stopped{state_.step});
    }
    if (ordered.checkpoint) {
      if (absl::Status written = Checkpoint(); !written.ok()) return written;
    }
    if (!ready.ok()) {
      if (absl::Status able = GoOnWithLess(ready); !able.ok()) return able;
      continue;
    }
    if (absl::Status stepped = OneStep(); !stepped.ok()) return stepped;
    KeepForOthers();
    const bool last = state_.step == plan_.steps;
    if (!last && Due(state_.step, plan_.eval_every)) {
      if (absl::Status evaluated = Evaluate(); !evaluated.ok()) return evaluated;
    }
    if (!last && CheckpointDue()) {
      if (absl::Status written = Checkpoint(); !written.ok()) return written;
    }
  }
  return Finish();
}

// All ranks take the same step or none: what one of them lacks for it, or was told, all know.
absl::Status TrainingRun::Ready(Ordered* ordered) {
  *ordered = TakeOrders();
  if (group_ == nullptr) return absl::OkStatus();
  constexpr uint32_t kCheckpoint = 1, kStop = 2;
  const bool due = state_.step > 0 && first() && MinutesAreUp();
  uint32_t flags = (ordered->checkpoint || due ? kCheckpoint : 0) | (ordered->stop ? kStop : 0);
  absl::Status ready;
  for (bool more = true; more && ready.ok();) {
    ready = group_->Agree(session_->Prepare(state_.step, &more), &flags);
  }
  *ordered = {(flags & kCheckpoint) != 0, (flags & kStop) != 0};
  return ready;
}

absl::Status TrainingRun::OneStep() {
  const bool measure = Due(state_.step + 1, plan_.log_every) || state_.step + 1 == plan_.steps;
  const double before = Seconds();
  auto result = session_->Step(state_.step, measure);
  while (!result.ok()) {
    // It fails on all ranks or on none.
    if (absl::Status able = GoOnWithLess(Agree(result.status())); !able.ok()) return able;
    result = session_->Step(state_.step, measure);
  }
  step_seconds_ += Seconds() - before;
  ++steps_timed_;
  if (state_.step >= TailBegin(plan_.steps)) {
    state_.tail_loss_sum += result->loss;
    ++state_.tail_steps;
  }
  ++state_.step;
  state_.last_loss = result->loss;
  if (!measure) return absl::OkStatus();
  const double rate = static_cast<double>(TokensAt(steps_timed_)) / step_seconds_;
  step_seconds_ = 0, steps_timed_ = 0;
  return Report(protocol::Measurement{state_.step, TokensAt(state_.step), FlopsAt(state_.step),
                                      result->loss, result->learning_rate, result->grad_norm, rate,
                                      Seconds()});
}

absl::Status TrainingRun::Evaluate() {
  auto loss = session_->Evaluate();
  while (!loss.ok()) {
    if (absl::Status able = GoOnWithLess(loss.status()); !able.ok()) return able;
    loss = session_->Evaluate();
  }
  validation_loss_ = *loss;
  return Report(protocol::Evaluation{state_.step, TokensAt(state_.step), FlopsAt(state_.step),
                                     *loss, Seconds()});
}

// A checkpoint is of all ranks: one whose weights have come to differ must not be resumed from.
absl::Status TrainingRun::Checkpoint() {
  if (group_ == nullptr) return WriteCheckpoint();
  if (absl::Status equal = CheckEqual(); !equal.ok()) return equal;
  checkpoint_seconds_ = Seconds();
  return group_->Agree(first() ? WriteCheckpoint() : absl::OkStatus());
}

absl::Status TrainingRun::CheckEqual() {
  if (session_->RanksAreEqual()) return absl::OkStatus();
  return Failure("device",
                 absl::StrCat("after step ", state_.step,
                              " the ranks' weights differ, which the "
                              "same update of the same gradients cannot bring about: a device or "
                              "the connection between them gets something wrong"));
}

absl::Status TrainingRun::WriteCheckpoint() {
  const auto folder = checkpoints_.Begin(state_.step);
  if (!folder.ok()) return folder.status();
  if (absl::Status saved = Fill(*folder); !saved.ok()) {
    if (absl::Status removed = checkpoints_.Abandon(state_.step); !removed.ok()) {
      Log(std::string(removed.message()));
    }
    return saved;
  }
  const auto written = checkpoints_.Commit(state_.step);
  if (!written.ok()) return written.status();
  checkpoint_seconds_ = Seconds();
  return Report(protocol::CheckpointWritten{written->step, written->path, written->sha256});
}

absl::Status TrainingRun::Fill(const std::string& folder) {
  if (absl::Status saved = session_->Save(folder, state_); !saved.ok()) return saved;
  return checkpoint::WriteFileDurably(folder + protocol::RecentReports::kFile, recent_.ToText());
}

absl::Status TrainingRun::Finish() {
  if (absl::Status evaluated = Evaluate(); !evaluated.ok()) return evaluated;
  if (!first()) return absl::OkStatus();
  if (!order_.export_dir.empty()) {
    // A result is worth more than its weights: the run has finished all the same.
    const absl::Status exported = session_->Export(order_.export_dir);
    Log(exported.ok() ? "weights are in " + order_.export_dir
                      : "no weights: " + std::string(exported.message()));
  }
  if (absl::Status done = trunk_.Done(OwnBranch(), plan_.branch_steps); !done.ok()) {
    Log(std::string(done.message()));
  }
  Log("memory: " + MemoryFacts());
  const double train_loss = state_.tail_loss_sum / static_cast<double>(state_.tail_steps);
  return Report(protocol::Finished{train_loss, validation_loss_, session_->parameters(),
                                   plan_.tokens, plan_.steps, plan_.flops, Seconds()});
}

// Where this run goes its own way: where it decays, or where the losses begin whose mean is its
// final one. Up to there all experiments of the trunk have the same state.
int64_t TrainingRun::OwnBranch() const {
  return std::min(plan_.steps - plan_.decay_steps, TailBegin(plan_.steps));
}

void TrainingRun::KeepForOthers() {
  if (!first()) return;
  const std::vector<int64_t>& steps = plan_.branch_steps;
  const bool branch = std::find(steps.begin(), steps.end(), state_.step) != steps.end();
  if (!branch || state_.step > OwnBranch()) return;
  const absl::Status kept =
      trunk_.Add(state_.step, [&](const std::string& folder) { return Fill(folder); });
  if (!kept.ok()) Log("nothing is kept for other experiments: " + std::string(kept.message()));
}

bool TrainingRun::CheckpointDue() const {
  // Ranks agree on steps, and rank 0's clock is asked when they get ready for the next.
  return Due(state_.step, plan_.checkpoint_every) || (group_ == nullptr && MinutesAreUp());
}

bool TrainingRun::MinutesAreUp() const {
  const double minutes = (Seconds() - checkpoint_seconds_) / 60;
  return plan_.checkpoint_minutes > 0 && minutes >= plan_.checkpoint_minutes;
}

TrainingRun::Ordered TrainingRun::TakeOrders() {
  Ordered ordered;
  while (auto order = orders_.TryTake()) {
    if (!order->ok()) {
      Log("ignored a line that is no order: " + std::string(order->status().message()));
    } else if (std::holds_alternative<protocol::StopOrder>(**order)) {
      ordered.stop = true;
    } else if (std::holds_alternative<protocol::CheckpointOrder>(**order)) {
      ordered.checkpoint = true;
    } else {
      Log("ignored a start: this trainer is training already");
    }
  }
  return ordered;
}

absl::Status TrainingRun::Report(const protocol::Report& report) {
  if (!first()) return absl::OkStatus();
  recent_.Add(report);
  absl::Status written = writer_.Write(report);
  agent_gone_ = !written.ok();
  return written;
}

int64_t TrainingRun::TokensAt(int64_t step) const {
  return step * plan_.batch_size * plan_.shape.seq_len;
}

double TrainingRun::FlopsAt(int64_t step) const {
  return plan_.flops * (static_cast<double>(step) / static_cast<double>(plan_.steps));
}

double TrainingRun::Seconds() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
}

}  // namespace ff::trainer
