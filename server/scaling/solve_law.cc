#include "server/scaling/solve_law.h"

#include <ceres/ceres.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "server/scaling/solve_options.h"

namespace ff::scaling {
namespace {

// Scaled to 1 at the start: Ceres's tolerances are then relative ones.
class Function : public ceres::FirstOrderFunction {
 public:
  Function(const Objective& objective, double scale) : objective_(objective), scale_(scale) {}

  bool Evaluate(const double* parameters, double* cost, double* gradient) const override {
    Derivatives at;
    objective_.Evaluate(parameters, &at);
    if (!std::isfinite(at.value)) return false;
    *cost = at.value * scale_;
    for (int i = 0; gradient != nullptr && i < NumParameters(); ++i) {
      gradient[i] = at.gradient[i] * scale_;
    }
    return true;
  }
  int NumParameters() const override { return objective_.size(); }

 private:
  const Objective& objective_;
  double scale_;
};

absl::StatusOr<double> Run(const Objective& objective, double* parameters) {
  Derivatives at;
  objective.Evaluate(parameters, &at);
  if (!std::isfinite(at.value)) return absl::InternalError("the start has no finite objective");
  if (at.value == 0) return 0.0;
  const double scale = 1 / at.value;
  ceres::GradientProblem problem(new Function(objective, scale));
  ceres::GradientProblemSolver::Options options;
  options.line_search_direction_type = ceres::BFGS;
  ToTheLastDigit(1e-15, 1e-13, 1e-15, &options);
  ceres::GradientProblemSolver::Summary summary;
  std::vector<double> moved(parameters, parameters + objective.size());
  ceres::Solve(options, problem, moved.data(), &summary);
  if (absl::Status status = Usable(summary); !status.ok()) return status;
  if (summary.final_cost > 1) return at.value;
  std::copy(moved.begin(), moved.end(), parameters);
  return summary.final_cost / scale;
}

}  // namespace

absl::StatusOr<double> PolishWithCeres(const Objective& objective, double* parameters) {
  return WithoutExceptions([&] { return Run(objective, parameters); });
}

}  // namespace ff::scaling
