// Session: making true what the coordinator answered.
#include <algorithm>
#include <map>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "conf/load/logging.h"
#include "worker/agent/gpu_share.h"
#include "worker/agent/plan_for_trainer.h"
#include "worker/agent/session.h"

namespace ff::agent {

void Session::Follow(const v1::SynchronizeResponse& orders, absl::Time now) {
  bool more = false;
  absl::flat_hash_set<int64_t> heard(orders.settled_attempts().begin(),
                                     orders.settled_attempts().end());
  for (const v1::Lease& lease : orders.leases()) heard.insert(lease.attempt_id());
  for (const std::unique_ptr<Attempt>& attempt : attempts_) {
    more = more || attempt->cut_off();
    // What was said under a lease that is lost was not kept. If the training has ended meanwhile,
    // its result may still count, and then its curve is to be whole.
    if (heard.contains(attempt->id())) attempt->Acknowledge();
  }
  // Anything notable since the request was made wants a call at once; it set next_sync_.
  const bool hurry = more || next_sync_ == absl::InfinitePast();
  if (!hurry) next_sync_ = now + absl::Seconds(std::max(orders.next_sync_seconds(), 0.01));
  for (const int64_t id : orders.settled_attempts()) Settle(id);
  WithdrawUnlisted(orders, now);
  for (const v1::Lease& lease : orders.leases()) Take(lease);
  // Told to leave, this worker has a deadline of its own.
  if (!draining_) {
    hand_back_at_ = orders.drain() && !attempts_.empty()
                        ? now + absl::Seconds(orders.drain_seconds())
                        : absl::InfiniteFuture();
  }
  idle_answers_ = attempts_.empty() ? idle_answers_ + 1 : 0;
}

void Session::Settle(int64_t attempt_id) {
  const auto is_it = [&](const auto& attempt) { return attempt->id() == attempt_id; };
  const auto found = std::find_if(attempts_.begin(), attempts_.end(), is_it);
  if (found == attempts_.end() || !(*found)->final()) return;
  const std::unique_ptr<Attempt> attempt = std::move(*found);
  attempts_.erase(found);
  moves_.erase(attempt_id);
  conf::LogDebug(attempt->Name(), " is settled");
  const auto shares = [&](const auto& other) {
    return other->folder().path() == attempt->folder().path();
  };
  if (attempt->state() != Attempt::State::kFinished) return;  // a later attempt may resume
  if (std::any_of(attempts_.begin(), attempts_.end(), shares)) return;
  const absl::Status removed = attempt->folder().Remove();
  if (!removed.ok()) conf::LogWarning(std::string(removed.message()));
}

// What the request named and the answer does not: no longer ours. Each answer is to a
// request that named all attempts, since attempts come from answers alone. Finished ones
// stay until they are settled: no result is thrown away.
void Session::WithdrawUnlisted(const v1::SynchronizeResponse& orders, absl::Time now) {
  absl::flat_hash_set<int64_t> listed;
  for (const v1::Lease& lease : orders.leases()) listed.insert(lease.attempt_id());
  std::erase_if(attempts_, [&](const std::unique_ptr<Attempt>& attempt) {
    if (listed.contains(attempt->id()) || attempt->state() == Attempt::State::kFinished) {
      return false;
    }
    if (!attempt->final()) conf::LogInfo(attempt->Name(), " is withdrawn; stopping it");
    for (Slot& slot : slots_) slot.Forget(attempt.get(), now, settings_.stop_grace);
    moves_.erase(attempt->id());
    return true;
  });
}

void Session::Take(const v1::Lease& lease) {
  const auto is_it = [&](const auto& held) { return held->id() == lease.attempt_id(); };
  if (std::any_of(attempts_.begin(), attempts_.end(), is_it)) return;
  ++taken_;
  attempts_.push_back(std::make_unique<Attempt>(lease, state_.experiments()));
  Attempt& attempt = *attempts_.back();
  const conf::LogTrace trace(lease.trace_id());
  conf::LogInfo(attempt.Name(), " is leased: ", lease.plan().parameters(), " parameters, ",
                lease.plan().steps(), " steps");
  if (draining_) attempt.Stop();
  if (!IsFolderName(lease.sweep_id()) || !IsFolderName(lease.experiment_id())) {
    attempt.Fail("bad_plan", absl::StrCat("\"", lease.sweep_id(), "/", lease.experiment_id(),
                                          "\" cannot name a folder"));
    next_sync_ = absl::InfinitePast();
  }
}

// In the order of the leases: one that waits for a whole GPU is not overtaken for ever.
void Session::PlaceWaiting(absl::Time now) {
  for (const std::unique_ptr<Attempt>& attempt : attempts_) {
    if (attempt->state() != Attempt::State::kWaiting) continue;
    // A GPU with room left asks for the next one at once (see FreeSlots).
    if (!Place(*attempt, now)) return;
    if (attempt->final() || FreeSlots() > 0) next_sync_ = absl::InfinitePast();
  }
}

double Session::ShareOf(const v1::Plan& plan, const v1::Device& device) const {
  const bool by_size = device.kind() == "cuda" && settings_.gpu_slots == 0 &&
                       plan.mode() == "umup_gpt" && plan.device() != "cpu";
  return by_size ? GpuShare(plan, device) : 1.0 / device.slots();
}

double Session::FreeShare(const std::string& device_id) const {
  double free = 1;
  for (const Slot& slot : slots_) free -= slot.device_id() == device_id ? slot.share() : 0;
  return free;
}

Slot* Session::SlotFor(const Attempt& attempt) {
  constexpr double kRounding = 1e-9;
  const v1::Plan& plan = attempt.lease().plan();
  const std::string& wanted = attempt.lease().device_id();
  std::map<std::string, bool> roomy;
  for (const v1::Device& device : devices_.devices) {
    roomy[device.id()] = ShareOf(plan, device) <= FreeShare(device.id()) + kRounding;
  }
  for (Slot& slot : slots_) {
    const bool right = wanted.empty() ? plan.device() != "cuda" || slot.device_kind() == "cuda"
                                      : slot.device_id() == wanted;
    if (slot.free() && right && Usable(slot) && roomy[slot.device_id()]) return &slot;
  }
  return nullptr;
}

bool Session::Place(Attempt& attempt, absl::Time now) {
  const v1::Plan& plan = attempt.lease().plan();
  const bool wants_gpu = plan.device() == "cuda";
  const auto fits = [&](const Slot& slot) { return !wants_gpu || slot.device_kind() == "cuda"; };
  const auto fail = [&](absl::string_view why) {
    attempt.Fail("unfit", std::string(why));
    return true;
  };
  if (std::none_of(slots_.begin(), slots_.end(), fits)) {
    return fail(absl::StrCat("the plan wants a GPU, and worker ", settings_.name,
                             " trains on its CPU alone"));
  }
  const absl::StatusOr<Program> program = TrainerFor(settings_, plan.mode());
  if (!program.ok()) return fail(program.status().message());
  const absl::StatusOr<std::string> data = DataFor(attempt);
  if (absl::IsUnavailable(data.status())) return true;  // until it has arrived
  if (!data.ok()) return fail(data.status().message());
  if (!CheckpointIsHere(attempt)) return true;
  Slot* slot = SlotFor(attempt);
  if (slot == nullptr) return false;  // until one is free
  if (const absl::Status made = attempt.folder().Make(); !made.ok()) {
    return fail(made.message());
  }
  // Into the log of the attempt too, which is what is read where it failed.
  if (!attempt.lease().trace_id().empty()) {
    const std::string line = absl::StrCat("trace ", attempt.lease().trace_id(), "\n");
    if (const absl::Status kept = attempt.AppendLog(line); !kept.ok()) {
      conf::LogWarning(attempt.Name(), ": ", std::string(kept.message()));
    }
  }
  protocol::StartOrder order;
  order.attempt_id = attempt.id();
  order.plan = PlanForTrainer(plan);
  order.data_path = *data;
  order.checkpoint_dir = attempt.folder().checkpoints();
  if (IsFolderName(plan.trunk())) order.trunk_dir = state_.trunks() + "/" + plan.trunk();
  if (plan.keep_weights()) {
    order.export_dir = state_.weights() + "/" + attempt.lease().experiment_id();
  }
  order.trace_id = attempt.lease().trace_id();
  order.resume = true;  // the folder is of this experiment's content alone
  if (plan.device() == "cpu" && slot->device_kind() != "cpu") order.device = "cpu";
  order.threads = plan.num_threads();
  const auto device =
      std::find_if(devices_.devices.begin(), devices_.devices.end(),
                   [&](const v1::Device& d) { return d.id() == slot->device_id(); });
  slot->Occupy(&attempt, *program, std::move(order), ShareOf(plan, *device), now);
  return true;
}

}  // namespace ff::agent
