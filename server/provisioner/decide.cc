#include "server/provisioner/decide.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace ff::provisioner {
namespace {

absl::Duration Pause(absl::Duration first, int times, absl::Duration longest) {
  absl::Duration pause = first;
  for (int i = 1; i < times && pause < longest; ++i) pause *= 2;
  return std::min(pause, longest);
}

std::string Count(int n, const std::string& noun) {
  return absl::StrCat(n, " ", noun, n == 1 ? "" : "s");
}

// The decision as it grows; one step a method, in the order of Run.
class Decider {
 public:
  Decider(const Snapshot& snapshot, const Memory& memory, const Limits& limits, absl::Time now)
      : snapshot_(snapshot), limits_(limits), now_(now) {
    decision_.memory = memory;
    for (const JobWorker& worker : snapshot.workers) workers_[worker.job_id] = &worker;
  }

  Decision Run() {
    Remember();
    JudgeEnded();
    CountWanted();
    GiveUpSilent();
    Retire();
    Submit();
    Explain();
    return std::move(decision_);
  }

 private:
  Seen& Of(const Job& job) { return decision_.memory.jobs[job.id]; }
  const JobWorker* WorkerOf(const Job& job) const {
    const auto found = workers_.find(job.id);
    return found == workers_.end() ? nullptr : found->second;
  }
  // There, or to come, and not on its way out.
  bool Counts(const Job& job) { return job.state != JobState::kEnding && !Of(job).cancelled; }
  bool Busy(const Job& job) const {
    const JobWorker* worker = WorkerOf(job);
    return job.state == JobState::kRunning && worker != nullptr && worker->running > 0;
  }
  bool Leaving(const Job& job) const {
    const JobWorker* worker = WorkerOf(job);
    return worker != nullptr && worker->alive && worker->leaving;
  }

  void Remember() {
    int full = 0;
    for (const Job& job : snapshot_.jobs) {
      Seen& seen = Of(job);
      if (seen.first == absl::InfinitePast()) seen.first = now_;
      if (job.state == JobState::kPending) {
        seen.running = seen.idle = absl::InfiniteFuture();
        continue;
      }
      seen.running = std::min(seen.running, now_);
      const JobWorker* worker = WorkerOf(job);
      if (worker == nullptr || (!worker->alive && worker->last_seen < seen.first)) continue;
      seen.called = true;
      if ((worker->running > 0 || worker->has_worked) && !std::exchange(seen.worked, true)) {
        decision_.memory.fruitless = 0;
      }
      const bool idle = worker->alive && worker->running == 0;
      seen.idle = idle ? std::min(seen.idle, now_) : absl::InfiniteFuture();
      full = std::max(full, worker->running);
    }
    // While something waits, whoever works is full.
    if (snapshot_.waiting > 0 && full > 0) decision_.memory.packing = full;
  }

  void JudgeEnded() {
    std::map<std::string, Seen> listed;
    int fruitless = 0;
    for (const Job& job : snapshot_.jobs) listed[job.id] = Of(job);
    for (const auto& [id, seen] : decision_.memory.jobs) {
      if (listed.count(id) == 0 && !seen.worked && !seen.cancelled) ++fruitless;
    }
    decision_.memory.jobs = std::move(listed);
    if (fruitless > 0) {
      Blame(absl::StrCat(Count(fruitless, "job"), " ended before the worker was given anything; ",
                         "the jobs' logs say more"));
    }
  }

  void Blame(const std::string& reason) {
    Memory& memory = decision_.memory;
    ++memory.fruitless;
    memory.not_before =
        std::max(memory.not_before,
                 now_ + Pause(limits_.fruitless_pause, memory.fruitless, limits_.longest_pause));
    memory.why_not = reason;
  }

  void CountWanted() {
    int busy = 0, held = 0;
    for (const Job& job : snapshot_.jobs) {
      if (!Counts(job) || Leaving(job)) continue;
      busy += Busy(job) ? 1 : 0;
    }
    for (const auto& [id, worker] : workers_) held += worker->running;
    if (snapshot_.waiting + held == 0) return;
    const int packing = std::max(decision_.memory.packing, 1);
    const int more = (snapshot_.waiting + packing - 1) / packing;
    decision_.wanted = std::clamp(busy + more, limits_.min, limits_.max);
  }

  void Cancel(const Job& job) {
    Of(job).cancelled = true;
    decision_.cancel.push_back(job.id);
  }

  // Jobs whose worker never called, or has long been silent: what it trained is others' by now.
  void GiveUpSilent() {
    int silent = 0;
    for (const Job& job : snapshot_.jobs) {
      if (job.state != JobState::kRunning || !Counts(job)) continue;
      const JobWorker* worker = WorkerOf(job);
      if (worker != nullptr && worker->alive) continue;
      absl::Time since = Of(job).running;
      if (worker != nullptr && Of(job).called) since = std::max(since, worker->last_seen);
      if (now_ - since < limits_.start) continue;
      Cancel(job);
      ++silent;
    }
    if (silent > 0) {
      Blame(absl::StrCat("the worker of ", Count(silent, "job"), " did not call within ",
                         absl::FormatDuration(limits_.start),
                         "; can its node reach slurm.coordinator?"));
    }
  }

  int Counted() {
    return static_cast<int>(
        std::count_if(snapshot_.jobs.begin(), snapshot_.jobs.end(),
                      [this](const Job& job) { return Counts(job) && !Leaving(job); }));
  }

  // First what has not begun, the newest first; then workers that have long been idle.
  void Retire() {
    Memory& memory = decision_.memory;
    int counted = Counted();
    memory.surplus_since =
        counted > decision_.wanted ? std::min(memory.surplus_since, now_) : absl::InfiniteFuture();
    const bool lasting = now_ - memory.surplus_since >= limits_.idle;
    for (auto job = snapshot_.jobs.rbegin(); job != snapshot_.jobs.rend(); ++job) {
      if (!lasting || counted <= decision_.wanted) break;
      if (job->state != JobState::kPending || !Counts(*job)) continue;
      Cancel(*job);
      --counted;
    }
    int refusing = 0;
    for (const Job& job : snapshot_.jobs) {
      if (job.state != JobState::kRunning || !Counts(job) || Leaving(job)) continue;
      if (now_ - Of(job).idle < limits_.idle) continue;
      // An idle worker while something waits can't take it: it is no use to keep it for that.
      const bool refuses = snapshot_.waiting > 0;
      const int keep = refuses ? std::min(decision_.wanted, limits_.min) : decision_.wanted;
      if (counted <= keep) continue;
      Cancel(job);
      --counted;
      refusing += refuses && !Of(job).worked ? 1 : 0;
    }
    if (refusing > 0) {
      Blame(absl::StrCat(Count(refusing, "worker"), " had nothing to do for ",
                         absl::FormatDuration(limits_.idle), " although ",
                         Count(snapshot_.waiting, "experiment"),
                         " waited: do they lack the trainer, memory or labels?"));
    }
  }

  void Submit() {
    const int alive = static_cast<int>(
        std::count_if(snapshot_.jobs.begin(), snapshot_.jobs.end(),
                      [this](const Job& job) { return job.state != JobState::kEnding; }));
    missing_ = std::min(decision_.wanted - Counted(), limits_.max - alive);
    if (missing_ > 0 && now_ >= decision_.memory.not_before) decision_.submit = missing_;
  }

  void Explain() {
    std::map<std::string, int> reasons;
    for (const Job& job : snapshot_.jobs) {
      if (job.state == JobState::kRunning) ++decision_.running;
      if (job.state != JobState::kPending) continue;
      ++decision_.pending;
      if (!job.reason.empty() && job.reason != "None") ++reasons[job.reason];
    }
    std::string& why = decision_.why;
    why = absl::StrCat(Count(snapshot_.waiting, "experiment"), " waiting, ", decision_.running,
                       " of ", Count(decision_.wanted, "job"), " running");
    if (decision_.pending > 0) absl::StrAppend(&why, ", ", decision_.pending, " pending");
    for (const auto& [reason, count] : reasons)
      absl::StrAppend(&why, " (", reason, ": ", count, ")");
    if (missing_ > 0 && decision_.submit == 0) {
      absl::StrAppend(
          &why, "; no more before ",
          absl::FormatTime("%H:%M:%S UTC", decision_.memory.not_before, absl::UTCTimeZone()), ": ",
          decision_.memory.why_not);
    }
  }

  const Snapshot& snapshot_;
  const Limits& limits_;
  const absl::Time now_;
  std::map<std::string, const JobWorker*> workers_;
  int missing_ = 0;
  Decision decision_;
};

}  // namespace

Decision Decide(const Snapshot& snapshot, const Memory& memory, const Limits& limits,
                absl::Time now) {
  return Decider(snapshot, memory, limits, now).Run();
}

Memory Submitted(Memory memory, const std::vector<std::string>& ids, absl::Time now) {
  for (const std::string& id : ids) memory.jobs[id].first = now;
  memory.refused = 0;
  return memory;
}

Memory Refused(Memory memory, const std::string& reason, const Limits& limits, absl::Time now) {
  ++memory.refused;
  memory.not_before = std::max(
      memory.not_before, now + Pause(limits.refused_pause, memory.refused, limits.longest_pause));
  memory.why_not = reason;
  return memory;
}

}  // namespace ff::provisioner
