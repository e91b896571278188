// Figures of laws fitted to single runs, of what they are held against and of training curves:
// each function returns the text of one plotly JSON object, as in figures.h. Inputs are what
// scaling/ computes and storage keeps; nothing is fitted here. A figure without anything to
// draw says why in one sentence. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "server/domain/law_fit.h"
#include "server/domain/run_table.h"
#include "server/figures/figures.h"

namespace ff::figures {

// N_opt, D_opt and L_opt against compute with bands, as the law of single runs has them. Where
// `isoflop` is not null, its optima of single budgets stand beside the lines.
std::string LawBands(const LawFit& fit, absl::Span<const LawBandPoint> band, const Fit* isoflop,
                     Style style);

// Lines of equal loss over compute and model size with the efficient frontier (Hoffmann et al.
// 2022, figure 4), and the runs in the colours of their losses. `surface`: L on a rectangular
// grid of C and N, row by row in N.
struct LossSurface {
  std::vector<double> compute, parameters;  // ascending
  std::vector<double> loss;                 // [n * compute.size() + c]; NaN: not to be drawn
};
std::string SurfaceContours(const LossSurface& surface, const RunTable& runs, const LawFit& fit,
                            absl::Span<const LawBandPoint> frontier, Style style);

// Residuals of ln L against N, D, C, and against the quantiles of a Gaussian. Outliers are
// marked; the slope of each trend is drawn.
std::string ResidualPanels(const RunTable& runs, const LawFit& fit, const Residuals& residuals,
                           Style style);

// Bootstrap draws: alpha against beta (or the family's first two exponents), and the exponent
// of N_opt as a histogram with its interval.
std::string BootstrapCloud(const LawFit& fit, Style style);
// The same for an IsoFLOP or envelope law: exponents of N_opt and D_opt.
std::string BootstrapCloud(const Fit& fit, Style style);

// Error of predictions of the largest budgets against how far they extrapolate.
std::string BacktestErrors(absl::Span<const BacktestPoint> points, const LawFit& fit, Style style);

// Training curves over FLOP, coloured by model size, with the envelope of lowest losses (approach
// 1) and its laws in the caption. `fit` may be null: the curves alone. `curves` as for LossCurves.
std::string TrainingEnvelope(absl::Span<const LossCurve> curves, const EnvelopeFit* fit,
                             Style style);

// Two laws side by side: N_opt, tokens per parameter and L_opt with their bands, and the
// differences with the probability that they are any. `target_flops`: where loss and size are
// compared.
struct NamedLaw {
  std::string name, formula;
  std::vector<LawBandPoint> band;
  int runs = 0;
};
std::string LawComparisonPanels(const NamedLaw& a, const NamedLaw& b,
                                absl::Span<const LawComparison> differences, double target_flops,
                                Style style);

}  // namespace ff::figures
