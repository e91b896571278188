#include "worker/synthetic/stand_in_trainer.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "worker/checkpoint/durable.h"
#include "worker/synthetic/stand_in_law.h"

namespace ff::synthetic {
namespace {

using protocol::Plan;
using protocol::Report;

constexpr char kStateFile[] = "/state.json";

// A failure that was reported to the agent: this experiment is over, the next may come.
absl::Status Reported() { return absl::AbortedError("reported"); }

std::string WhatIsWrong(const Plan& plan) {
  if (plan.mode != "synthetic") return "mode is " + plan.mode + ", this is the synthetic trainer";
  if (plan.steps < 1 || plan.parameters < 1) return "steps and parameters must be positive";
  const int64_t tokens = plan.steps * plan.batch_size * plan.shape.seq_len;
  if (plan.tokens != tokens || tokens < 1) {
    return absl::StrCat("tokens is ", plan.tokens, ", but steps * batch_size * seq_len is ",
                        tokens);
  }
  if (!(plan.synthetic.seconds_per_step >= 0)) return "seconds_per_step is negative";
  return "";
}

bool Due(int64_t step, int64_t every, int64_t last) {
  return step == last || (every > 0 && step % every == 0);
}

int64_t TokensAt(const Plan& plan, int64_t step) { return plan.tokens / plan.steps * step; }

double FlopsAt(const Plan& plan, int64_t step) {
  return plan.flops * static_cast<double>(step) / static_cast<double>(plan.steps);
}

double MemoryBytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

StandInTrainer::StandInTrainer(int orders_fd, int reports_fd, Fault fault)
    : reader_(orders_fd), writer_(reports_fd), reports_fd_(reports_fd), fault_(fault) {}

absl::Status StandInTrainer::Run() {
  const protocol::DeviceInfo cpu = {"cpu", "cpu", "stand-in", MemoryBytes()};
  absl::Status status = writer_.Write(
      Report(protocol::Hello{protocol::kProtocolVersion, "ff-trainer-synthetic", {cpu}}));
  while (status.ok()) {
    const absl::StatusOr<protocol::Order> order = reader_.NextOrder();
    status = order.status();
    if (!status.ok()) break;
    // "checkpoint" and "stop" may come just after a training has ended: nothing to do.
    if (const auto* start = std::get_if<protocol::StartOrder>(&*order)) status = Train(*start);
    if (absl::IsAborted(status)) status = absl::OkStatus();
  }
  return absl::IsOutOfRange(status) ? absl::OkStatus() : status;
}

absl::Status StandInTrainer::Train(const protocol::StartOrder& order) {
  if (fault_.kind == Fault::Kind::kExit) std::exit(static_cast<int>(fault_.number));
  Training training{order, checkpoint::CheckpointDir(order.checkpoint_dir), absl::Now()};
  const std::string wrong = WhatIsWrong(order.plan);
  if (!wrong.empty()) return Fail("bad_plan", wrong, 0);
  if (order.resume) {
    if (absl::Status resumed = Resume(training); !resumed.ok()) return resumed;
  }
  absl::Status status = writer_.Write(
      Report(protocol::Started{order.attempt_id, order.plan.parameters, training.step}));
  return status.ok() ? Steps(training) : status;
}

absl::Status StandInTrainer::Resume(Training& training) {
  const absl::StatusOr<checkpoint::Found> found = training.checkpoints.LatestGood();
  if (!found.ok()) return Fail("internal", std::string(found.status().message()), 0);
  for (const std::string& rejected : found->rejected) {
    std::fprintf(stderr, "checkpoint passed over: %s\n", rejected.c_str());
  }
  if (!found->newest) return absl::OkStatus();
  std::ifstream file(found->newest->path + kStateFile);
  const auto state = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
  const auto step = state.is_object() ? state.find("step") : state.end();
  if (step == state.end() || !step->is_number_integer() || *step != found->newest->step) {
    return Fail("internal", found->newest->path + " is no checkpoint of the synthetic trainer", 0);
  }
  training.first_step = training.step = training.saved_step = found->newest->step;
  return RepeatReports(training, found->newest->path);
}

absl::Status StandInTrainer::RepeatReports(Training& training, const std::string& folder) {
  const absl::StatusOr<std::string> text =
      checkpoint::ReadFile(folder + protocol::RecentReports::kFile);
  if (absl::IsNotFound(text.status())) return absl::OkStatus();  // of an earlier version
  absl::Status status = text.ok() ? training.recent.Restore(*text) : text.status();
  if (!status.ok()) return Fail("internal", std::string(status.message()), 0);
  for (const Report& report : training.recent.reports()) {
    if (status.ok()) status = writer_.Write(report);
  }
  return status;
}

absl::Status StandInTrainer::Say(Training& training, const protocol::Report& report) {
  training.recent.Add(report);
  return writer_.Write(report);
}

absl::Status StandInTrainer::Steps(Training& training) {
  const Plan& plan = training.order.plan;
  absl::Status status;
  while (status.ok() && training.step < plan.steps && !training.stopping) {
    status = OneStep(training);
  }
  if (!status.ok()) return status;
  if (!training.stopping || training.step >= plan.steps) return Finish(training);
  status = Save(training);
  return status.ok() ? writer_.Write(Report(protocol::Stopped{training.step})) : status;
}

absl::Status StandInTrainer::OneStep(Training& training) {
  const Plan& plan = training.order.plan;
  absl::Status status = PassTime(training);
  if (status.ok()) status = Strike(training);
  if (!status.ok()) return status;
  const int64_t step = ++training.step;
  const double loss = LossAt(plan, step), flops = FlopsAt(plan, step);
  const int64_t tokens = TokensAt(plan, step);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - training.begun);
  const double rate =
      static_cast<double>(tokens - TokensAt(plan, training.first_step)) / std::max(seconds, 1e-9);
  if (Due(step, plan.log_every, plan.steps)) {
    status = Say(training, protocol::Measurement{step, tokens, flops, loss, plan.learning_rate, 0,
                                                 rate, seconds});
  }
  if (status.ok() && Due(step, plan.eval_every, plan.steps)) {
    status = Say(training, protocol::Evaluation{step, tokens, flops, loss, seconds});
  }
  const bool due = plan.checkpoint_every > 0 && step % plan.checkpoint_every == 0;
  return status.ok() && due ? Save(training) : status;
}

absl::Status StandInTrainer::PassTime(Training& training) {
  const absl::Time until =
      absl::Now() + absl::Seconds(training.order.plan.synthetic.seconds_per_step);
  while (true) {
    const absl::Duration left = std::max(until - absl::Now(), absl::ZeroDuration());
    const absl::StatusOr<protocol::Order> order = reader_.NextOrder(left);
    if (absl::IsDeadlineExceeded(order.status())) return absl::OkStatus();
    if (!order.ok()) return order.status();
    if (absl::Status heeded = Heed(*order, training); !heeded.ok()) return heeded;
  }
}

absl::Status StandInTrainer::Heed(const protocol::Order& order, Training& training) {
  if (std::holds_alternative<protocol::StartOrder>(order)) {
    return absl::InvalidArgumentError("told to start while it trains another experiment");
  }
  if (std::holds_alternative<protocol::StopOrder>(order)) training.stopping = true;
  return std::holds_alternative<protocol::CheckpointOrder>(order) ? Save(training)
                                                                  : absl::OkStatus();
}

absl::Status StandInTrainer::Save(Training& training) {
  if (training.saved_step == training.step) return absl::OkStatus();
  const absl::StatusOr<std::string> folder = training.checkpoints.Begin(training.step);
  if (!folder.ok()) {
    return Fail("internal", std::string(folder.status().message()), training.step);
  }
  const std::string state = nlohmann::json({{"step", training.step}}).dump();
  absl::Status written = checkpoint::WriteFileDurably(*folder + kStateFile, state);
  if (written.ok()) {
    written = checkpoint::WriteFileDurably(*folder + protocol::RecentReports::kFile,
                                           training.recent.ToText());
  }
  if (!written.ok()) return Fail("internal", std::string(written.message()), training.step);
  const absl::StatusOr<checkpoint::Checkpoint> saved = training.checkpoints.Commit(training.step);
  if (!saved.ok()) return Fail("internal", std::string(saved.status().message()), training.step);
  training.saved_step = training.step;
  return writer_.Write(
      Report(protocol::CheckpointWritten{saved->step, saved->path, saved->sha256}));
}

absl::Status StandInTrainer::Finish(const Training& training) {
  const Plan& plan = training.order.plan;
  const double loss = LossAt(plan, plan.steps);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - training.begun);
  return writer_.Write(Report(protocol::Finished{loss, loss, plan.parameters, plan.tokens,
                                                 plan.steps, plan.flops, seconds}));
}

absl::Status StandInTrainer::Fail(const std::string& kind, const std::string& message,
                                  int64_t step) {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  absl::Status status = writer_.Write(Report(protocol::Failed{kind, message, step, unknown}));
  return status.ok() ? Reported() : status;
}

absl::Status StandInTrainer::Strike(const Training& training) {
  const int64_t step = training.step + 1;
  if (fault_.At(Fault::Kind::kCrash, step)) {
    std::fprintf(stderr, "asked to crash at step %lld\n", static_cast<long long>(step));
    std::abort();
  }
  if (fault_.At(Fault::Kind::kHang, step)) {
    while (true) pause();
  }
  if (fault_.At(Fault::Kind::kNan, step)) {
    return Fail("diverged", absl::StrCat("the loss is not finite at step ", step), step);
  }
  if (fault_.At(Fault::Kind::kGarbage, step)) dprintf(reports_fd_, "this is no report\n");
  return absl::OkStatus();
}

}  // namespace ff::synthetic
