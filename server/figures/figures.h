// Results and fits as plotly figures: each function returns the text of one JSON object
// {"data": [...], "layout": {...}} that the page draws and ffctl saves. Pure.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/experiment.h"
#include "server/domain/fit.h"
#include "server/scaling/isoflop_analysis.h"

namespace ff::figures {

enum class Style { kPaper, kNotebook, kDark };
enum class XAxis { kStep, kTokens, kFlops, kSeconds };

// INVALID_ARGUMENT names the words that exist.
absl::StatusOr<Style> ParseStyle(const std::string& word);
absl::StatusOr<XAxis> ParseXAxis(const std::string& word);

// Loss against model size, one colour a budget, parabola and optimum marked. `fit` may be
// null: then only the runs are drawn.
std::string IsoflopCurves(absl::Span<const scaling::RunPoint> runs, const Fit* fit, Style style);

// Three panels: N_opt, D_opt, L_opt against compute with fit and confidence band.
std::string ScalingLaws(const Fit& fit, Style style);

// D/N of the optima against compute, their median, and the reference line at 20.
std::string TokensPerParam(const Fit& fit, Style style);

struct LossCurve {
  std::string experiment_id;
  double budget_flops = 0;
  double parameters = 0;
  std::vector<Measurement> measurements;
};
// Training loss (lines) and held-out loss (markers) of each experiment.
std::string LossCurves(absl::Span<const LossCurve> curves, XAxis x, Style style);

}  // namespace ff::figures
