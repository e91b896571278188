// One budget's profile: its usable runs, the parabola loss = c0 + c1 x + c2 x^2 through them
// in x = ln N, and the optimum found, or the reason why there is none. Also the screening
// that says which runs can be used at all. Pure; thread-safe.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "server/domain/fit.h"
#include "server/scaling/isoflop_analysis.h"

namespace ff::scaling {

struct Profile {
  int budget_index = 0;
  double compute_budget = 0;
  std::vector<RunPoint> runs;  // ascending in parameters; finite, positive, no duplicates
};

// Groups by compute_budget, ascending. Runs without a finite positive loss, size, token
// count or budget, and repeats of a run, go to `exclusions` with the reason.
std::vector<Profile> MakeProfiles(absl::Span<const RunPoint> runs,
                                  std::vector<Exclusion>* exclusions);

// Linear in the values fitted: row i of `solve` gives coefficient i about `centre`, so that a
// bootstrap draw costs 3n multiplications.
struct ParabolaBasis {
  double centre = 0;
  std::vector<double> x;                     // ln N - centre
  std::array<std::vector<double>, 3> solve;  // coefficients = solve * values
  std::vector<double> leverage;              // diagonal of the hat matrix
};
// Needs three different sizes.
ParabolaBasis MakeBasis(const std::vector<RunPoint>& runs);
// Coefficients about the basis's centre.
std::array<double, 3> FitParabola(const ParabolaBasis& basis, absl::Span<const double> values);
double Evaluate(const std::array<double, 3>& coefficients, double x);

// One way for both methods to say what a budget gives. Exactly one of the two is set.
struct OptimumOrReason {
  std::optional<OptimalPoint> optimum;
  std::string reason;
  std::string warning;   // the optimum stands, but; may be empty
  bool at_edge = false;  // of the sizes measured: why it is refused, or what the warning says
};

// The vertex. Refused: fewer than three sizes, no upward curvature, lowest loss at the
// smallest or largest size, vertex outside the sizes measured. Tokens at the vertex come
// from a parabola of ln D in ln N, which for C = 6 N D is exact.
OptimumOrReason QuadraticOptimum(const Profile& profile);

// The run of lowest loss (of the first such), as flops-fit does; a lowest run at the edge of
// the sizes is kept with a warning. Refused: no run.
OptimumOrReason EmpiricalOptimum(const Profile& profile);

}  // namespace ff::scaling
