// Every figure by its name, from whatever an analysis has: the one list that the page, the
// command line and the coordinator share. What a figure needs beyond its inputs (the law over a
// grid, bands, residuals) is computed here. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/law_fit.h"
#include "server/domain/run_table.h"
#include "server/figures/figures.h"

namespace ff::figures {

struct FigureName {
  std::string name;   // "isoflop_curves"
  std::string title;  // "IsoFLOP curves"
};
// In the order a reader wants them.
const std::vector<FigureName>& FigureNames();

// Of DrawComparison; not among FigureNames, since it takes two.
const FigureName& ComparisonName();

// Null or empty: there is none; the figures that need it say so in a sentence.
struct FigureInputs {
  const Fit* fit = nullptr;         // IsoFLOP law
  const LawFit* surface = nullptr;  // law of single runs
  const EnvelopeFit* envelope = nullptr;
  absl::Span<const BacktestPoint> backtest;
  absl::Span<const scaling::RunPoint> points;  // runs in budgets
  const RunTable* runs = nullptr;              // as read; screened here
  absl::Span<const LossCurve> curves;
  XAxis x_axis = XAxis::kStep;  // of loss_curves
  std::string why_no_law;       // of single runs: what a figure of it says in its place
};

// INVALID_ARGUMENT: no figure of this name; the message lists them.
absl::StatusOr<std::string> DrawFigure(const std::string& name, const FigureInputs& inputs,
                                       Style style);

// Two analyses side by side, their surfaces where both have one, else their IsoFLOP laws.
// `target_flops`: where N, D and loss are compared; 0: ten times the larger largest budget.
// FAILED_PRECONDITION: no law that both have.
absl::StatusOr<std::string> DrawComparison(const std::string& name_a, const FigureInputs& a,
                                           const std::string& name_b, const FigureInputs& b,
                                           double target_flops, Style style);

}  // namespace ff::figures
