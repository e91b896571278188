#include "absl/strings/str_cat.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/export_text.h"
#include "server/coordinator/newest_fit.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/results/scaling_laws_json.h"
#include "server/storage/store.h"

namespace ff::coordinator {
namespace {

constexpr char kJson[] = "application/json";

absl::StatusOr<Export> Write(storage::View& view, const std::string& id,
                             const std::string& format) {
  if (format == "scaling_laws_json") {
    FF_TRY_ASSIGN(const Fit fit, NewestFit(view, id));
    return Export{results::ScalingLawsJson(fit), kJson};
  }
  FF_TRY_ASSIGN(const std::vector<Experiment> experiments, view.ListExperiments({id, {}, 0, 0}));
  if (format == "sweep_json") return Export{SweepJson(experiments), kJson};
  if (format == "results_json") return Export{ResultsJson(experiments), kJson};
  if (format == "csv") return Export{ResultsCsv(experiments), "text/csv"};
  return absl::InvalidArgumentError(
      absl::StrCat("no export format '", format,
                   "'; there are sweep_json, results_json, csv, scaling_laws_json"));
}

}  // namespace

absl::StatusOr<Export> Coordinator::ExportSweep(const std::string& sweep,
                                                const std::string& format) {
  Export out;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(out, Write(view, id, format));
    return absl::OkStatus();
  }));
  return out;
}

}  // namespace ff::coordinator
