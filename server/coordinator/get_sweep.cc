#include "server/coordinator/coordinator.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/sweep_summary.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<Sweep> Coordinator::GetSweep(const std::string& sweep) {
  Sweep found;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(found, LoadSweep(view, id));
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<Sweep>> Coordinator::ListSweeps() {
  std::vector<Sweep> sweeps;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(sweeps, view.ListSweeps());
    for (Sweep& sweep : sweeps) FF_TRY(Summarise(view, &sweep));
    return absl::OkStatus();
  }));
  return sweeps;
}

}  // namespace ff::coordinator
