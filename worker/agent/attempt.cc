#include "worker/agent/attempt.h"

#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"

namespace ff::agent {
namespace {

constexpr size_t kMaxPendingLog = 256 * 1024;  // what the coordinator is sent at most at once
constexpr size_t kRecentLog = 2000;            // what explains a failure
constexpr size_t kMaxMessage = 8000;

v1::Measurement ToProto(const protocol::Report& report) {
  v1::Measurement out;
  if (const auto* m = std::get_if<protocol::Measurement>(&report)) {
    out.set_kind("train"), out.set_step(m->step), out.set_tokens(m->tokens);
    out.set_flops(m->flops), out.set_loss(m->loss), out.set_learning_rate(m->learning_rate);
    out.set_grad_norm(m->grad_norm), out.set_tokens_per_second(m->tokens_per_second);
    out.set_seconds(m->seconds);
  } else if (const auto* e = std::get_if<protocol::Evaluation>(&report)) {
    out.set_kind("eval"), out.set_step(e->step), out.set_tokens(e->tokens);
    out.set_flops(e->flops), out.set_loss(e->loss), out.set_seconds(e->seconds);
  }
  return out;
}

v1::Lease LeaseOf(const FolderName& name, const v1::AttemptReport& finished) {
  v1::Lease lease;
  lease.set_attempt_id(finished.attempt_id()), lease.set_epoch(finished.epoch());
  lease.set_sweep_id(name.sweep), lease.set_experiment_id(name.experiment);
  return lease;
}

// Keeps the end, from a line's beginning where there is one.
void KeepTail(std::string& text, size_t bytes) {
  if (text.size() <= bytes) return;
  text.erase(0, text.size() - bytes);
  const size_t newline = text.find('\n');
  if (newline != std::string::npos && newline + 1 < text.size()) text.erase(0, newline + 1);
}

}  // namespace

Attempt::Attempt(v1::Lease lease, const std::string& experiments)
    : lease_(std::move(lease)),
      folder_(experiments, lease_.sweep_id(), lease_.experiment_id()),
      journal_(folder_.journal()) {
  report_.set_attempt_id(lease_.attempt_id());
  report_.set_epoch(lease_.epoch());
}

std::unique_ptr<Attempt> Attempt::Recovered(const FolderName& name, v1::AttemptReport finished,
                                            const std::string& experiments) {
  // The oldest of a long curve were acknowledged long before: one message must hold the rest.
  constexpr size_t kNewest = 20000;
  auto attempt = std::make_unique<Attempt>(LeaseOf(name, finished), experiments);
  attempt->state_ = State::kFinished;
  attempt->report_ = std::move(finished);
  const absl::StatusOr<Journal::Content> journal = attempt->journal_.Read();
  if (!journal.ok()) {
    conf::LogWarning(attempt->Name(), ": ", std::string(journal.status().message()));
    return attempt;
  }
  const size_t total = journal->reports.size();
  for (size_t i = total - std::min(total, kNewest); i < total; ++i) {
    attempt->pending_.push_back(ToProto(journal->reports[i]));
  }
  return attempt;
}

std::string Attempt::Name() const {
  return absl::StrCat("attempt ", id(), " of experiment ", lease_.experiment_id());
}

void Attempt::Starting(const std::string& device_id) {
  state_ = State::kStarting;
  report_.set_device_id(device_id);
}

absl::Status Attempt::OnReport(const protocol::Report& report) {
  if (const auto* started = std::get_if<protocol::Started>(&report)) return OnStarted(*started);
  if (const auto* finished = std::get_if<protocol::Finished>(&report)) return OnFinished(*finished);
  if (const auto* failed = std::get_if<protocol::Failed>(&report)) {
    Fail(failed->kind, failed->message);
  } else if (const auto* stopped = std::get_if<protocol::Stopped>(&report)) {
    report_.set_step(stopped->step);
    Stop();
  } else if (const auto* checkpoint = std::get_if<protocol::CheckpointWritten>(&report)) {
    report_.set_checkpoint_step(checkpoint->step);
    checkpoint_ = *checkpoint;
    return journal_.Flush();
  } else if (!std::holds_alternative<protocol::Hello>(report)) {
    return OnMeasurement(report);
  }
  return absl::OkStatus();
}

absl::Status Attempt::OnStarted(const protocol::Started& started) {
  state_ = State::kRunning;
  report_.set_step(started.resumed_from_step);
  report_.set_resumed_from_step(started.resumed_from_step);
  report_.set_checkpoint_step(started.resumed_from_step);
  const absl::StatusOr<Journal::Content> kept =
      journal_.RewindTo(started.resumed_from_step, std::exchange(repeated_, {}));
  if (!kept.ok()) return kept.status();
  earlier_seconds_ = kept->seconds;
  for (const protocol::Report& report : kept->reports) pending_.push_back(ToProto(report));
  return journal_.Append(started);
}

absl::Status Attempt::OnMeasurement(const protocol::Report& report) {
  if (state_ == State::kStarting) {
    repeated_.push_back(report);  // of the checkpoint that the trainer resumes from
    return absl::OkStatus();
  }
  v1::Measurement measurement = ToProto(report);
  report_.set_step(std::max(report_.step(), measurement.step()));
  if (measurement.kind() == "train") {
    report_.set_tokens_per_second(measurement.tokens_per_second());
  }
  pending_.push_back(std::move(measurement));
  return journal_.Append(report);
}

absl::Status Attempt::OnFinished(const protocol::Finished& finished) {
  v1::Result& result = *report_.mutable_result();
  result.set_final_train_loss(finished.final_train_loss);
  result.set_final_val_loss(finished.final_val_loss);
  result.set_parameters(finished.parameters), result.set_tokens(finished.tokens);
  result.set_steps(finished.steps), result.set_flops(finished.flops);
  result.set_train_seconds(earlier_seconds_ + finished.seconds);
  *result.mutable_finished_at() = google::protobuf::util::TimeUtil::GetCurrentTime();
  report_.set_step(finished.steps);
  state_ = State::kFinished;
  report_.set_state(StateWord());
  absl::Status flushed = journal_.Flush();
  absl::Status saved = folder_.SaveFinished(report_);
  return saved.ok() ? flushed : saved;
}

void Attempt::Fail(const std::string& kind, const std::string& message, int exit_code) {
  state_ = State::kFailed;
  std::string full = message;
  const std::string lines = LastLines();
  if (!lines.empty()) absl::StrAppend(&full, "\nits last words were:\n", lines);
  report_.mutable_failure()->set_kind(kind);
  report_.mutable_failure()->set_exit_code(exit_code);
  report_.mutable_failure()->set_message(full.substr(0, kMaxMessage));
}

void Attempt::Stop() { state_ = State::kStopped; }

void Attempt::SetStored(const v1::StoredCheckpoint& stored) {
  *report_.mutable_stored_checkpoint() = stored;
}

absl::Duration Attempt::Remaining() const {
  const v1::Plan& plan = lease_.plan();
  const double speed = report_.tokens_per_second();
  if (state_ != State::kRunning || !(speed > 0) || plan.steps() <= 0) {
    return absl::InfiniteDuration();
  }
  const double left = static_cast<double>(plan.steps() - report_.step()) /
                      static_cast<double>(plan.steps()) * static_cast<double>(plan.tokens());
  return absl::Seconds(left / speed);
}

absl::Status Attempt::AppendLog(absl::string_view text) {
  if (text.empty()) return absl::OkStatus();
  recent_log_.append(text.data(), text.size());
  KeepTail(recent_log_, kRecentLog);
  // What is in a request under way (sent_log_) stays as it is until that is answered.
  std::string unsent = pending_log_.substr(sent_log_) + std::string(text);
  KeepTail(unsent, kMaxPendingLog);
  pending_log_.replace(sent_log_, std::string::npos, unsent);
  return folder_.AppendLog(text);
}

std::string Attempt::LastLines() const {
  return std::string(absl::StripTrailingAsciiWhitespace(recent_log_));
}

const char* Attempt::StateWord() const {
  switch (state_) {
    case State::kWaiting:
    case State::kStarting:
      return "starting";
    case State::kRunning:
      return "running";
    case State::kFinished:
      return "finished";
    case State::kFailed:
      return "failed";
    case State::kStopped:
      return "stopped";
  }
  return "";
}

v1::AttemptReport Attempt::MakeReport(int measurements) {
  v1::AttemptReport report = report_;
  report.set_state(StateWord());
  // A recovered report may come from an attempt that is no longer current: only a finished
  // report is heard then, so it is sent whole.
  const bool recovered = !lease_.has_plan();
  const size_t limit = recovered ? pending_.size() : std::max(measurements, 0);
  sent_measurements_ = std::min(pending_.size(), limit);
  cut_off_ = pending_.size() > sent_measurements_;
  for (size_t i = 0; i < sent_measurements_; ++i) *report.add_measurements() = pending_[i];
  if ((cut_off_ && final()) || (held_ && state_ == State::kStopped)) {
    report.set_state("running");
    report.clear_result(), report.clear_failure();
  }
  report.set_log(pending_log_);
  sent_log_ = pending_log_.size();
  return report;
}

void Attempt::Acknowledge() {
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<long>(sent_measurements_));
  pending_log_.erase(0, sent_log_);
  sent_measurements_ = sent_log_ = 0;
}

}  // namespace ff::agent
