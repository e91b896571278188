#include "worker/agent/session.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"
#include "conf/load/service_manager.h"

namespace ff::agent {
namespace {

// After the last trainer has stopped: for the coordinator to hear of it.
constexpr absl::Duration kFarewell = absl::Seconds(5);
// A batch system signals every process of a job, and its script passes the signal on: that is one
// notice, not two.
constexpr absl::Duration kSameNotice = absl::Seconds(1);
// For checkpoints on their way to the depot.
constexpr absl::Duration kBringing = absl::Seconds(60);

bool AnyGpu(const Devices& devices) {
  return std::any_of(devices.devices.begin(), devices.devices.end(),
                     [](const v1::Device& device) { return device.kind() == "cuda"; });
}

std::unique_ptr<Depot> MakeDepot(const Settings& settings) {
  if (settings.transfer_through == "coordinator")
    return CoordinatorDepot(settings.coordinator, settings.dialing);
  if (settings.transfer_through == "folder") {
    return FolderDepot(settings.transfer_folder,
                       CoordinatorDepot(settings.coordinator, settings.dialing));
  }
  return nullptr;
}

}  // namespace

Session::Session(Settings settings, const StateFolder& state, Devices devices)
    : settings_(std::move(settings)),
      state_(state),
      devices_(std::move(devices)),
      incarnation_(RandomId()),
      stop_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      nvml_(AnyGpu(devices_) ? Nvml::Load() : nullptr),
      transfers_(MakeDepot(settings_), state_.path() + "/data", settings_.cache_bytes),
      link_(settings_.coordinator, settings_.dialing) {
  for (const v1::Device& device : devices_.devices) {
    // On a CPU each trainer is a process, so that none can take others with it; a GPU is shared
    // by threads of one process, since those of several take turns.
    const int lanes = device.kind() == "cuda" ? device.slots() : 1;
    const auto pool = std::make_shared<TrainerPool>(Program{settings_.umup_gpt_program}, lanes);
    for (int i = 0; i < device.slots(); ++i) {
      slots_.emplace_back(device, pool, devices_.threads_per_slot, settings_.patience);
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
  conf::NotifyReady(absl::StrCat("working for ", settings_.coordinator));
  while (true) {
    const absl::Time now = absl::Now();
    conf::NotifyAlive();
    uint64_t stops = 0;
    if (read(stop_fd_, &stops, sizeof(stops)) == sizeof(stops)) {
      if (draining_ && now - drain_began_ >= kSameNotice) return;  // asked twice: at once
      if (!draining_) BeginDrain(now);
    }
    ServiceSlots(now);
    MindHandBack(now);
    HandleTransfers();
    BringCheckpoints();
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
  absl::Time next = std::min(drain_deadline_, hand_back_at_);
  if (!link_.busy()) next = std::min(next, next_sync_);
  for (const Slot& slot : slots_) next = std::min(next, slot.NextDeadline(now));
  return next;
}

void Session::WaitForSomething() {
  std::vector<pollfd> descriptors = {
      {link_.fd(), POLLIN, 0}, {stop_fd_, POLLIN, 0}, {transfers_.fd(), POLLIN, 0}};
  for (const Slot& slot : slots_) {
    for (const int fd : slot.Descriptors()) descriptors.push_back({fd, POLLIN, 0});
  }
  const absl::Time now = absl::Now();
  const absl::Duration longest = std::min(absl::Minutes(1), conf::WatchdogInterval() / 3);
  const absl::Duration wait = std::clamp(NextDeadline(now) - now, absl::ZeroDuration(), longest);
  const auto milliseconds = absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1)));
  poll(descriptors.data(), descriptors.size(), static_cast<int>(milliseconds));
}

void Session::BeginDrain(absl::Time now) {
  conf::LogInfo("told to leave: what ends within ", absl::FormatDuration(settings_.drain_window),
                " goes on, the rest is checkpointed and handed back");
  conf::NotifyStopping();
  draining_ = true;
  drain_began_ = now;
  hand_back_at_ = now + settings_.drain_window;
  drain_deadline_ = hand_back_at_ + settings_.stop_grace + kFarewell;
  if (transfers_.enabled()) drain_deadline_ += kBringing;
  for (const std::unique_ptr<Attempt>& attempt : attempts_) {
    if (attempt->state() == Attempt::State::kWaiting) attempt->Stop();
  }
  for (Slot& slot : slots_) {
    const Attempt* attempt = slot.attempt();
    const bool ends = attempt != nullptr && attempt->Remaining() <= settings_.drain_window;
    if (!ends) slot.Stop(now, settings_.stop_grace);
  }
  next_sync_ = absl::InfinitePast();
}

void Session::MindHandBack(absl::Time now) {
  if (now < hand_back_at_) return;
  hand_back_at_ = absl::InfiniteFuture();
  HandBack(now);
}

void Session::HandBack(absl::Time now) {
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
  const bool enough = settings_.max_experiments > 0 && taken_ >= settings_.max_experiments;
  if (enough && attempts_.empty() && SlotsFree()) return true;
  return settings_.exit_when_idle && idle_answers_ >= kIdleAnswers && SlotsFree();
}

}  // namespace ff::agent
