#include "worker/trainer/training_run.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <variant>

#include "worker/checkpoint/durable.h"
#include "worker/trainer/failure.h"

namespace ff::trainer {
namespace {

void Log(const std::string& line) { std::fprintf(stderr, "ff-trainer: %s\n", line.c_str()); }

// Steps whose losses make up final_train_loss: the last tenth, at least one.
int64_t TailBegin(int64_t steps) { return steps - std::max<int64_t>(steps / 10, 1); }

bool Due(int64_t step, int64_t every) { return every > 0 && step % every == 0; }

}  // namespace

TrainingRun::TrainingRun(const protocol::StartOrder& order, OrderQueue& orders,
                         protocol::Writer& writer)
    : order_(order),
      plan_(order_.plan),
      orders_(orders),
      writer_(writer),
      checkpoints_(order.checkpoint_dir) {}

absl::Status TrainingRun::Run() {
  absl::Status status = Prepare();
  if (status.ok()) status = Train();
  if (agent_gone_) return status;
  if (status.ok()) return status;
  return Report(protocol::Failed{FailureKind(status), std::string(status.message()), state_.step,
                                 state_.last_loss});
}

absl::Status TrainingRun::Prepare() {
  auto session = TrainingSession::Create(order_);
  if (!session.ok()) return session.status();
  session_ = *std::move(session);
  if (order_.resume) {
    if (absl::Status restored = Restore(); !restored.ok()) return restored;
  }
  return Report(protocol::Started{order_.attempt_id, session_->parameters(), state_.step});
}

absl::Status TrainingRun::Restore() {
  const auto found = checkpoints_.LatestGood();
  if (!found.ok()) return found.status();
  for (const std::string& rejected : found->rejected) Log("passed over " + rejected);
  if (!found->newest.has_value()) return absl::OkStatus();
  const auto state = session_->Restore(found->newest->path);
  if (!state.ok()) return state.status();
  state_ = *state;
  return RestoreReports(found->newest->path);
}

// Repeated before `started`, so that the agent can fill what it never read.
absl::Status TrainingRun::RestoreReports(const std::string& folder) {
  const auto text = checkpoint::ReadFile(folder + protocol::RecentReports::kFile);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();  // of an earlier version
  if (!text.ok()) return text.status();
  if (absl::Status restored = recent_.Restore(*text); !restored.ok()) return restored;
  for (const protocol::Report& report : recent_.reports()) {
    absl::Status written = writer_.Write(report);
    agent_gone_ = !written.ok();
    if (agent_gone_) return written;
  }
  return absl::OkStatus();
}

absl::Status TrainingRun::Train() {
  while (state_.step < plan_.steps) {
    const Ordered ordered = TakeOrders();
    if (ordered.stop) {
      if (absl::Status written = Checkpoint(); !written.ok()) return written;
      return Report(protocol::Stopped{state_.step});
    }
    if (ordered.checkpoint) {
      if (absl::Status written = Checkpoint(); !written.ok()) return written;
    }
    if (absl::Status stepped = OneStep(); !stepped.ok()) return stepped;
    const bool last = state_.step == plan_.steps;
    if (!last && Due(state_.step, plan_.eval_every)) {
      if (absl::Status evaluated = Evaluate(); !evaluated.ok()) return evaluated;
    }
    if (!last && Due(state_.step, plan_.checkpoint_every)) {
      if (absl::Status written = Checkpoint(); !written.ok()) return written;
    }
  }
  return Finish();
}

absl::Status TrainingRun::OneStep() {
  const bool measure = Due(state_.step + 1, plan_.log_every) || state_.step + 1 == plan_.steps;
  const double before = Seconds();
  const auto result = session_->Step(state_.step, measure);
  if (!result.ok()) return result.status();
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
  const auto loss = session_->Evaluate();
  if (!loss.ok()) return loss.status();
  validation_loss_ = *loss;
  return Report(protocol::Evaluation{state_.step, TokensAt(state_.step), FlopsAt(state_.step),
                                     *loss, Seconds()});
}

absl::Status TrainingRun::Checkpoint() {
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
  return Report(protocol::CheckpointWritten{written->step, written->path, written->sha256});
}

absl::Status TrainingRun::Fill(const std::string& folder) {
  if (absl::Status saved = session_->Save(folder, state_); !saved.ok()) return saved;
  return checkpoint::WriteFileDurably(folder + protocol::RecentReports::kFile, recent_.ToText());
}

absl::Status TrainingRun::Finish() {
  if (absl::Status evaluated = Evaluate(); !evaluated.ok()) return evaluated;
  const double train_loss = state_.tail_loss_sum / static_cast<double>(state_.tail_steps);
  return Report(protocol::Finished{train_loss, validation_loss_, session_->parameters(),
                                   plan_.tokens, plan_.steps, plan_.flops, Seconds()});
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
