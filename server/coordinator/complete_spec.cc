#include "server/coordinator/complete_spec.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/coordinator/newest_fit.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"

namespace ff::coordinator {

absl::Status LookUpPrior(storage::View& view, SweepSpec* spec) {
  PriorSpec& prior = spec->prior;
  if (prior.sweep.empty()) return absl::OkStatus();
  FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, prior.sweep));
  FF_TRY_ASSIGN(const Fit fit, NewestFit(view, id));
  prior.sweep.clear();
  prior.law = "power_law";
  prior.coefficient = fit.n_opt.coefficient_k;
  prior.exponent = fit.n_opt.exponent_a;
  prior.origin = absl::StrCat("fit ", fit.id.substr(0, 6), " of sweep ", id.substr(0, 6));
  if (fit.flop_count != spec->compute.flop_count) {
    absl::StrAppend(&prior.origin, ", whose compute is counted as ", fit.flop_count);
  }
  return absl::OkStatus();
}

absl::StatusOr<double> LargestDeviceMemory(storage::View& view, const Plan& recipe) {
  if (recipe.mode == "synthetic") return 0.0;
  FF_TRY_ASSIGN(const std::vector<Worker> workers, view.ListWorkers());
  double most = 0;
  for (const Worker& worker : workers) {
    for (const Device& device : worker.devices) {
      if (recipe.device != "auto" && device.kind != recipe.device) continue;
      most = std::max(most, device.memory_bytes / std::max(device.slots, 1));
    }
  }
  return most;
}

absl::StatusOr<std::string> DeviceKind(storage::View& view, const Plan& recipe) {
  if (recipe.device != "auto") return recipe.device;
  FF_TRY_ASSIGN(const std::vector<Worker> workers, view.ListWorkers());
  std::string kind;
  for (const Worker& worker : workers) {
    for (const Device& device : worker.devices) {
      if (kind != "cuda") kind = device.kind;
    }
  }
  return kind;
}

}  // namespace ff::coordinator
