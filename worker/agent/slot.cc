#include "worker/agent/slot.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"
#include "worker/agent/stack.h"

namespace ff::agent {
namespace {

// No descriptor tells when a process that has closed its output has ended.
constexpr absl::Duration kLookAgain = absl::Milliseconds(20);
constexpr size_t kSilences = 101;
constexpr int kExitBySigterm = 128 + 15;

void Warn(const Attempt& attempt, const absl::Status& status) {
  if (!status.ok()) conf::LogWarning(attempt.Name(), ": ", std::string(status.message()));
}

}  // namespace

Slot::Slot(const v1::Device& device, std::shared_ptr<TrainerPool> pool, int64_t threads,
           Patience patience)
    : device_id_(device.id()),
      device_kind_(device.kind()),
      pool_(std::move(pool)),
      threads_(threads),
      patience_(patience) {}

void Slot::Occupy(Attempt* attempt, const Program& program, protocol::StartOrder order,
                  double share, absl::Time now) {
  if (trainer_ != nullptr && trainer_->program() != program) std::swap(trainer_, spare_);
  Service(now);  // a warm trainer may have died unnoticed
  share_ = share;
  attempt_ = attempt;
  order_ = std::move(order);
  if (order_.device.empty()) order_.device = device_id_;
  if (order_.threads <= 0) order_.threads = threads_;
  attempt_->Starting(device_id_);
  kill_at_ = absl::InfiniteFuture();
  measured_ = false;
  silences_.clear();
  next_silence_ = 0;
  longest_silence_ = absl::ZeroDuration();
  last_heard_ = now;
  phase_ = Phase::kGreeting;
  if (trainer_ != nullptr && trainer_->program() == program) {
    return OnHello(protocol::Hello{}, now);  // it said so when it was started
  }
  trainer_.reset();
  auto seat = pool_->Take(program);
  if (!seat.ok()) return End("internal", std::string(seat.status().message()));
  trainer_ = std::make_unique<TrainerProcess>(*std::move(seat));
  conf::LogDebug("a trainer for ", device_id_, ": ", program.front(), " (pid ", trainer_->pid(),
                 ")");
}

void Slot::OnHello(const protocol::Hello& hello, absl::Time now) {
  if (phase_ != Phase::kGreeting) return;
  if (hello.protocol != protocol::kProtocolVersion) {
    return End(
        "internal",
        absl::StrCat(trainer_->program().front(), " speaks version ", hello.protocol,
                     " of the trainer protocol, this worker version ", protocol::kProtocolVersion));
  }
  phase_ = Phase::kTraining;
  Heard(now);
  const absl::Status sent = trainer_->Send(protocol::Order(order_));
  // A trainer that has just died says why by its exit; one that lives and reads not, does not.
  if (!sent.ok()) conf::LogDebug(device_id_, ": ", std::string(sent.message()));
}

void Slot::Stop(absl::Time now, absl::Duration grace) {
  if (phase_ == Phase::kEmpty) return;
  kill_at_ = std::min(kill_at_, now + grace);
  // Nothing to checkpoint yet.
  if (phase_ == Phase::kGreeting) kill_at_ = now;
  if (phase_ == Phase::kTraining) {
    const absl::Status sent = trainer_->Send(protocol::Order(protocol::StopOrder{}));
    if (!sent.ok()) kill_at_ = now;
  }
}

void Slot::Forget(const Attempt* attempt, absl::Time now, absl::Duration grace) {
  if (attempt_ != attempt || attempt == nullptr) return;
  attempt_ = nullptr;
  Stop(now, grace);
}

bool Slot::Service(absl::Time now) {
  if (trainer_ == nullptr) return std::exchange(notable_, false);
  TrainerProcess::Output output = trainer_->Read(now);
  more_ = output.more;
  if (attempt_ != nullptr) Warn(*attempt_, attempt_->AppendLog(output.log));
  for (const protocol::Report& report : output.reports) OnReport(report, now);
  if (output.ended && phase_ == Phase::kEmpty) {
    conf::LogWarning("the idle trainer on ", device_id_, " ", *output.ended);
    trainer_.reset();
  } else if (output.bystander) {
    // Handed back without blame: its last checkpoint counts.
    if (attempt_ != nullptr) attempt_->Stop();
    notable_ = true;
    Vacate(/*keep_trainer=*/false);
  } else if (output.ended) {
    // Nobody here sends it: whoever takes the machine away signals every process on it, and this
    // one went before the notice reached us.
    const bool taken = output.exit_code == kExitBySigterm;
    End(taken ? "preempted" : "crashed", absl::StrCat("the trainer ", *output.ended),
        output.exit_code);
  } else if (phase_ != Phase::kEmpty) {
    MindSilence(now);
  }
  return std::exchange(notable_, false);
}

void Slot::OnReport(const protocol::Report& report, absl::Time now) {
  if (const auto* hello = std::get_if<protocol::Hello>(&report)) return OnHello(*hello, now);
  if (phase_ != Phase::kTraining) return;
  Heard(now);
  // What a resuming trainer repeats before `started` says nothing of the time of a step.
  const bool running = attempt_ == nullptr || attempt_->state() == Attempt::State::kRunning;
  measured_ = measured_ || (running && std::holds_alternative<protocol::Measurement>(report));
  if (attempt_ != nullptr) {
    Warn(*attempt_, attempt_->OnReport(report));
    notable_ = notable_ || attempt_->final();
  }
  if (std::holds_alternative<protocol::Finished>(report) ||
      std::holds_alternative<protocol::Stopped>(report)) {
    Vacate(/*keep_trainer=*/true);
  } else if (const auto* failed = std::get_if<protocol::Failed>(&report)) {
    // A fresh process after a failure, but not at the cost of other experiments, unless it is
    // the device that failed.
    const bool broken = failed->kind == "device" || failed->kind == "internal";
    Vacate(/*keep_trainer=*/trainer_->shared() && !broken);
  }
}

void Slot::Heard(absl::Time now) {
  if (measured_) {
    const absl::Duration silence = now - last_heard_;
    longest_silence_ = std::max(longest_silence_, silence);
    if (silences_.size() < kSilences) silences_.resize(silences_.size() + 1);
    silences_[next_silence_++ % kSilences] = silence;
  }
  last_heard_ = now;
}

absl::Duration Slot::AllowedSilence() const {
  if (phase_ == Phase::kGreeting) return patience_.hello;
  if (!measured_) return patience_.first_report;
  absl::Duration median;
  if (!silences_.empty()) {
    std::vector<absl::Duration> sorted = silences_;
    const auto middle = sorted.begin() + static_cast<long>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    median = *middle;
  }
  return std::max({patience_.floor, median * patience_.factor, 2 * longest_silence_});
}

void Slot::MindSilence(absl::Time now) {
  if (now >= kill_at_) {
    if (attempt_ != nullptr) {
      conf::LogWarning(attempt_->Name(), ": the trainer did not stop in time and is killed");
      attempt_->Stop();
      notable_ = true;
    }
    return Vacate(/*keep_trainer=*/false);
  }
  if (stack_.valid() || now - last_heard_ > AllowedSilence()) MindStall(now);
}

void Slot::MindStall(absl::Time now) {
  if (!stack_.valid()) {
    const pid_t pid = trainer_->pid();
    stack_ = std::async(std::launch::async, StackOf, pid, patience_.stack);
    return;
  }
  if (stack_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  const std::string silence =
      absl::FormatDuration(absl::Trunc(now - last_heard_, absl::Milliseconds(100)));
  const std::string stack = stack_.get();
  if (attempt_ != nullptr) {
    Warn(*attempt_, attempt_->AppendLog(absl::StrCat("stalled: no report for ", silence,
                                                     "; this is where it stood:\n", stack, "\n")));
  }
  End("stalled", absl::StrCat("the trainer said nothing for ", silence,
                              " and was killed; its log ends with where it stood"));
}

void Slot::End(const std::string& kind, const std::string& reason, int exit_code) {
  if (attempt_ != nullptr) {
    // Asked to stop, it went: the last checkpoint counts.
    if (kill_at_ != absl::InfiniteFuture()) {
      attempt_->Stop();
    } else {
      attempt_->Fail(
          kind,
          attempt_->step() > 0 ? absl::StrCat(reason, ", after step ", attempt_->step()) : reason,
          exit_code);
    }
    notable_ = true;
  }
  Vacate(/*keep_trainer=*/false);
}

void Slot::Vacate(bool keep_trainer) {
  attempt_ = nullptr;
  phase_ = Phase::kEmpty;
  kill_at_ = absl::InfiniteFuture();
  stack_ = {};  // of a trainer that spoke again: waits for it to be done
  if (!keep_trainer) trainer_.reset();
}

std::vector<int> Slot::Descriptors() const {
  std::vector<int> descriptors;
  if (trainer_ == nullptr) return descriptors;
  for (const int fd : {trainer_->reports_fd(), trainer_->log_fd()}) {
    if (fd >= 0) descriptors.push_back(fd);
  }
  return descriptors;
}

absl::Time Slot::NextDeadline(absl::Time now) const {
  if (notable_) return now;
  if (trainer_ == nullptr) return absl::InfiniteFuture();
  if (more_) return now;
  if (trainer_->ending() || stack_.valid()) return now + kLookAgain;
  if (phase_ == Phase::kEmpty) return absl::InfiniteFuture();
  return std::min(kill_at_, last_heard_ + AllowedSilence());
}

}  // namespace ff::agent
