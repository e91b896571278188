// What a sweep's figures are drawn from: its newest fit, its runs, its training curves, and the
// laws of single runs and of the envelope, which are estimated here (Huber's loss at 1e-3, 1,000
// resamples, a fixed seed). Not thread-safe; a value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/fit.h"
#include "server/domain/law_fit.h"
#include "server/domain/run_table.h"
#include "server/figures/draw_figure.h"
#include "server/storage/store.h"

namespace ff::coordinator {

struct FigureMaterial {
  std::optional<Fit> fit;
  std::optional<LawFit> surface;
  std::optional<EnvelopeFit> envelope;
  std::vector<BacktestPoint> backtest;
  RunTable runs;
  std::vector<scaling::RunPoint> points;
  std::vector<figures::LossCurve> curves;
  figures::XAxis x_axis = figures::XAxis::kStep;
  std::string why_no_law;  // of single runs

  // Points into this.
  figures::FigureInputs Inputs() const;
};

// Reads what `figure` needs; `experiment` as in FigureRequest.
absl::StatusOr<FigureMaterial> LoadMaterial(storage::View& view, const std::string& sweep_id,
                                            const std::string& figure,
                                            const std::string& experiment);

// Estimates what `figure` needs beyond what was read: a second of work at most, so without a
// view of the database open.
void EstimateLaws(const std::string& figure, FigureMaterial* material);

}  // namespace ff::coordinator
