// Figures of a file of runs, drawn by ffctl itself as the coordinator draws those of a sweep.
// Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/analysis/analyze_file.h"
#include "client/analysis/compare_laws.h"
#include "server/figures/figures.h"

namespace ff::client {

struct DrawnFigure {
  std::string name, title;  // as figures::FigureNames has them
  std::string plotly_json;  // {"data": [...], "layout": {...}}
};

struct FileFigures {
  std::vector<DrawnFigure> drawn;
  std::vector<std::string> notes;  // figures that the runs do not give, with the reason; thinning
};

// Every figure that there is something to draw for.
absl::StatusOr<FileFigures> DrawFile(const FileAnalysis& file, double budget_tolerance,
                                     BudgetCompute budget_compute, figures::Style style);

// law_comparison. FAILED_PRECONDITION: the two have no law of the same kind.
absl::StatusOr<DrawnFigure> DrawComparisonOf(const NamedAnalysis& a, const NamedAnalysis& b,
                                             double target_flops, figures::Style style);

}  // namespace ff::client
