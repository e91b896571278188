#include "absl/strings/str_cat.h"
#include "server/analysis/predict_all.h"
#include "server/coordinator/coordinator.h"
#include "server/coordinator/newest_fit.h"
#include "server/coordinator/resolve.h"
#include "server/coordinator/try.h"
#include "server/storage/store.h"

namespace ff::coordinator {

absl::StatusOr<Fit> NewestFit(storage::View& view, const std::string& sweep_id) {
  absl::StatusOr<Fit> fit = view.GetNewestFit(sweep_id);
  if (!absl::IsNotFound(fit.status())) return fit;
  FF_TRY_ASSIGN(const bool fitting, view.IsFitDue(sweep_id));
  if (!fitting) return NoFitYet(sweep_id);
  return absl::NotFoundError(absl::StrCat("sweep ", sweep_id,
                                          " has no fitted law yet: its results are being fitted, "
                                          "ask again in a moment"));
}

absl::Status NoFitYet(const std::string& sweep_id) {
  return absl::NotFoundError(absl::StrCat("sweep ", sweep_id,
                                          " has no fitted law yet; `ffctl analyze ", sweep_id,
                                          "` estimates one from what has finished"));
}

absl::StatusOr<Fit> Coordinator::GetFit(const std::string& sweep) {
  Fit fit;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY_ASSIGN(fit, NewestFit(view, id));
    return absl::OkStatus();
  }));
  return fit;
}

absl::StatusOr<Analysis> Coordinator::GetAnalysis(const std::string& sweep) {
  Analysis analysis;
  FF_TRY(store_->Read([&](storage::View& view) -> absl::Status {
    FF_TRY_ASSIGN(const std::string id, ResolveSweep(view, sweep));
    FF_TRY(NewestFit(view, id).status());
    FF_TRY_ASSIGN(analysis, view.GetNewestAnalysis(id));
    return absl::OkStatus();
  }));
  return analysis;
}

absl::StatusOr<std::pair<std::string, std::vector<std::vector<MethodPrediction>>>>
Coordinator::Predict(const std::string& sweep, const std::vector<double>& target_compute) {
  FF_TRY_ASSIGN(const Analysis analysis, GetAnalysis(sweep));
  std::vector<double> targets = target_compute;
  if (targets.empty()) targets.push_back(0);
  std::vector<std::vector<MethodPrediction>> predictions;
  for (const double target : targets) {
    FF_TRY_ASSIGN(predictions.emplace_back(),
                  analysis::PredictAll(
                      analysis, target == 0 ? 10 * analysis::LargestCompute(analysis) : target));
  }
  return std::make_pair(analysis.fit.id, std::move(predictions));
}

}  // namespace ff::coordinator
