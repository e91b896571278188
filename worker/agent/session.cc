#include "worker/agent/session.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"

namespace ff::agent {
namespace {

// After the last trainer has stopped: for the coordinator to hear of it.
constexpr absl::Duration kFarewell = absl::Seconds(5);

}  // namespace

Session::Session(Settings settings, const StateFolder& state, Devices devices)
    : settings_(std::move(settings)),
      state_(state),
      devices_(std::move(devices)),
      incarnation_(RandomId()),
      stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      link_(settings_.coordinator) {
  for (const v1::Device& device : devices_.devices) {
    for (int i = 0; i < device.slots(); ++i) {
      slots_.emplace_back(device.id(), device.kind(), devices_.threads_per_slot,
                          settings_.patience);
    }
  }
}

Session::~Session() { close(stop_fd_); }

void Session::RequestStop() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t told = write(stop_fd_, &one, sizeof(one));
}

void Session::Run() {
  RecoverFinished();
  while (true) {
    const absl::Time now = absl::Now();
    uint64_t stops = 0;
    if (read(stop_fd_, &stops, sizeof(stops)) == sizeof(stops)) {
      if (draining_ || stops > 1) return;  // asked twice: at once
      BeginDrain(now);
    }
    ServiceSlots(now);
    if (const std::optional<v1::SynchronizeResponse> orders = link_.Take()) Follow(*orders, now);
    PlaceWaiting(now);
    if (Done(now)) return;
    if (now >= next_sync_ && !link_.busy()) link_.Send(MakeRequest());
    WaitForSomething();
  }
}

void Session::RecoverFinished() {
  for (const FolderName& name : ListExperimentFolders(state_.experiments())) {
    const ExperimentFolder folder(state_.experiments(), name.sweep, name.experiment);
    absl::StatusOr<std::optional<v1::AttemptReport>> report = folder.LoadFinished();
    if (!report.ok()) {
      conf::LogError(std::string(report.status().message()));
    } else if (report->has_value()) {
      attempts_.push_back(Attempt::Recovered(name, **std::move(report), state_.experiments()));
      conf::LogInfo(attempts_.back()->Name(), " had finished; its result is still to deliver");
    }
  }
}

void Session::ServiceSlots(absl::Time now) {
  for (Slot& slot : slots_) {
    if (slot.Service(now)) next_sync_ = absl::InfinitePast();
  }
}

absl::Time Session::NextDeadline(absl::Time now) const {
  absl::Time next = drain_deadline_;
  if (!link_.busy()) next = std::min(next, next_sync_);
  for (const Slot& slot : slots_) next = std::min(next, slot.NextDeadline(now));
  return next;
}

void Session::WaitForSomething() {
  std::vector<pollfd> descriptors = {{link_.fd(), POLLIN, 0}, {stop_fd_, POLLIN, 0}};
  for (const Slot& slot : slots_) {
    for (const int fd : slot.Descriptors()) descriptors.push_back({fd, POLLIN, 0});
  }
  const absl::Time now = absl::Now();
  const absl::Duration wait =
      std::clamp(NextDeadline(now) - now, absl::ZeroDuration(), absl::Minutes(1));
  const auto milliseconds = absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1)));
  poll(descriptors.data(), descriptors.size(), static_cast<int>(milliseconds));
}

void Session::BeginDrain(absl::Time now) {
  conf::LogInfo("told to leave: stopping trainers, at most ",
                absl::FormatDuration(settings_.stop_grace));
  draining_ = true;
  drain_deadline_ = now + settings_.stop_grace + kFarewell;
  for (const std::unique_ptr<Attempt>& attempt : attempts_) {
    if (attempt->state() == Attempt::State::kWaiting) attempt->Stop();
  }
  for (Slot& slot : slots_) slot.Stop(now, settings_.stop_grace);
  next_sync_ = absl::InfinitePast();
}

bool Session::SlotsFree() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.free(); });
}

bool Session::Done(absl::Time now) const {
  constexpr int kIdleAnswers = 2;
  if (draining_) return (SlotsFree() && attempts_.empty()) || now >= drain_deadline_;
  return settings_.exit_when_idle && idle_answers_ >= kIdleAnswers && SlotsFree();
}

}  // namespace ff::agent
