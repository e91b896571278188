// Two independent ways to the lowest optimum of a law: every start of the Hoffmann grid, and
// variable projection. Both end at the tight optimum of the loss asked for. Thread-safe;
// results do not depend on the number of threads.
#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "server/scaling/law_problem.h"

namespace ff::scaling {

struct LocalOptimum {
  double value = 0;                // internal objective
  std::vector<double> parameters;  // internal
};

struct GridSearch {
  std::vector<LocalOptimum> basins;  // different ones, lowest first, at most eight; polished
  int starts = 0, at_best = 0;
};

// Runs every start to its end (fewest steps of less than 1e-6 gain: a plateau is an end) and
// polishes what is left. INTERNAL: no start reached a finite optimum.
absl::StatusOr<GridSearch> SearchGrid(const LawProblem& problem, int threads);

// E, A and B inside (least squares, then the loss asked for), the exponents outside: a grid of
// them in log, its local minima refined by a simplex, the best polished. Golub and Pereyra
// 1973. nullopt for Kaplan's form, which is not linear in anything.
std::optional<LocalOptimum> SearchProjection(const LawProblem& problem, int threads);

// To the tight optimum of the problem's loss. LAD: Huber with delta shrinking to 1e-10, then
// onto the vertex at which as many residuals vanish as there are parameters.
void PolishOptimum(const LawProblem& problem, LawObjective* objective, LocalOptimum* optimum);

// The deltas to go through for the problem's loss; the last is problem.delta().
std::vector<double> DeltaPath(const LawProblem& problem);

}  // namespace ff::scaling
