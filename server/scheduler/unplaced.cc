#include "server/scheduler/unplaced.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace ff::scheduler {
namespace {

// How far a need gets with a device of a worker; the last is a place for it.
enum class Step { kNoWorker, kLabels, kMode, kDeviceKind, kMemory, kOutOfUse, kFits };

bool HasAll(const std::vector<std::string>& words, const std::vector<std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  });
}

Step StepOn(const Need& need, const Worker& worker, const Device& device) {
  const bool any_kind = need.device_kind.empty() || need.device_kind == "auto";
  if (!any_kind && need.device_kind != device.kind) return Step::kDeviceKind;
  if (device.memory_bytes > 0 && need.memory_bytes > device.memory_bytes) return Step::kMemory;
  const bool in_use = worker.cordoned.empty() && !worker.draining && device.cordoned.empty() &&
                      device.fault.empty();
  return in_use ? Step::kFits : Step::kOutOfUse;
}

Step StepWith(const SchedulingSpec& scheduling, const Need& need, const Worker& worker) {
  if (!HasAll(worker.labels, scheduling.labels)) return Step::kLabels;
  if (!worker.modes.empty() && !HasAll(worker.modes, {need.mode})) return Step::kMode;
  Step farthest = Step::kDeviceKind;
  for (const Device& device : worker.devices) {
    farthest = std::max(farthest, StepOn(need, worker, device));
  }
  return farthest;
}

std::string Gigabytes(double bytes) { return absl::StrFormat("%.1f GB", bytes / 1e9); }

// Of devices that the need is for by kind.
double LargestMemory(const Need& need, const std::vector<Worker>& workers) {
  double largest = 0;
  const bool any = need.device_kind.empty() || need.device_kind == "auto";
  for (const Worker& worker : workers) {
    for (const Device& device : worker.devices) {
      if (any || device.kind == need.device_kind) largest = std::max(largest, device.memory_bytes);
    }
  }
  return largest;
}

std::string ModesOf(const std::vector<Worker>& workers) {
  std::set<std::string> modes;
  for (const Worker& worker : workers) modes.insert(worker.modes.begin(), worker.modes.end());
  return absl::StrJoin(modes, ", ");
}

std::string Reason(Step step, const SchedulingSpec& scheduling, const Need& need,
                   const std::vector<Worker>& workers) {
  switch (step) {
    case Step::kNoWorker:
      return "no worker is alive; start one: ff-worker coordinator=ADDRESS";
    case Step::kLabels: {
      const std::string labels = absl::StrJoin(scheduling.labels, ", ");
      return absl::StrCat("no worker has the labels [", labels, "]; start one with 'labels=[",
                          labels, "]'");
    }
    case Step::kMode:
      return absl::StrCat("no worker has a trainer for mode ", need.mode, " (there is one for ",
                          ModesOf(workers), "); start a worker where that trainer is installed, ",
                          "see trainers.* in worker.yaml");
    case Step::kDeviceKind:
      return absl::StrCat("no worker has a device of kind ", need.device_kind,
                          "; start one on a machine that has, or create the sweep with another ",
                          "hardware.device");
    case Step::kMemory:
      return absl::StrCat("training takes ", Gigabytes(need.memory_bytes), " and the largest ",
                          "device has ", Gigabytes(LargestMemory(need, workers)),
                          "; start a worker with more memory, or create the sweep with a smaller ",
                          "trainer.batch_size or planner.model.max_size");
    case Step::kOutOfUse:
      return "each worker or device that they fit is out of use; `ffctl worker list` says why, "
             "`ffctl worker uncordon NAME` uses it again";
    case Step::kFits:
      break;
  }
  return "";
}

}  // namespace

std::string WhyUnplaced(const SchedulingSpec& scheduling, const std::vector<Need>& needs,
                        const std::vector<Worker>& workers) {
  int unplaced = 0, waiting = 0;
  std::string reason;
  for (const Need& need : needs) {
    waiting += need.count;
    Step farthest = Step::kNoWorker;
    for (const Worker& worker : workers) {
      farthest = std::max(farthest, StepWith(scheduling, need, worker));
    }
    if (farthest == Step::kFits) continue;
    if (reason.empty()) reason = Reason(farthest, scheduling, need, workers);
    unplaced += need.count;
  }
  if (unplaced == 0) return "";
  return absl::StrCat(unplaced, " of ", waiting, " waiting experiments cannot be placed: ", reason);
}

}  // namespace ff::scheduler
