#include "server/scaling/solve.h"

#include <ceres/ceres.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <vector>

#include "server/scaling/newton.h"

namespace ff::scaling {
namespace {

// What every call of Ceres shares: quiet, to the last digit, and no exception of it gets out.
// Both solvers' options have these fields by the same names.
template <typename Options>
void ToTheLastDigit(double function, double gradient, double parameter, Options* options) {
  options->logging_type = ceres::SILENT;
  options->max_num_iterations = 200;
  options->function_tolerance = function;
  options->gradient_tolerance = gradient;
  options->parameter_tolerance = parameter;
}

template <typename Summary>
absl::Status Usable(const Summary& summary) {
  if (summary.IsSolutionUsable()) return absl::OkStatus();
  return absl::InternalError("Ceres: " + summary.message);
}

// solve() with an exception as INTERNAL.
template <typename Solve>
auto WithoutExceptions(const Solve& solve) -> decltype(solve()) {
  try {
    return solve();
  } catch (const std::exception& error) {
    return absl::InternalError(std::string("Ceres: ") + error.what());
  }
}

struct LineResidual {
  double x, y;
  template <typename T>
  bool operator()(const T* line, T* residual) const {
    residual[0] = T(y) - line[0] - line[1] * T(x);
    return true;
  }
};

absl::StatusOr<Line> FitLine(absl::Span<const double> x, absl::Span<const double> y,
                             const Line& start, double huber_delta) {
  double line[2] = {start.intercept, start.slope};
  ceres::Problem problem;
  for (size_t i = 0; i < x.size(); ++i) {
    auto* cost = new ceres::AutoDiffCostFunction<LineResidual, 1, 2>(new LineResidual{x[i], y[i]});
    ceres::LossFunction* loss = huber_delta > 0 ? new ceres::HuberLoss(huber_delta) : nullptr;
    problem.AddResidualBlock(cost, loss, line);
  }
  ceres::Solver::Options options;
  options.linear_solver_type = ceres::DENSE_QR;
  ToTheLastDigit(1e-16, 1e-14, 1e-14, &options);
  ceres::Solver::Summary summary;
  ceres::Solve(options, &problem, &summary);
  if (absl::Status status = Usable(summary); !status.ok()) return status;
  return Line{line[0], line[1]};
}

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

absl::StatusOr<double> Minimise(const Objective& objective, double* parameters) {
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

absl::StatusOr<Line> SolveLine(absl::Span<const double> x, absl::Span<const double> y,
                               const Line& start, double huber_delta) {
  if (x.size() != y.size() || x.size() < 2) {
    return absl::InvalidArgumentError("a line needs two points or more");
  }
  return WithoutExceptions([&] { return FitLine(x, y, start, huber_delta); });
}

absl::StatusOr<double> PolishWithCeres(const Objective& objective, double* parameters) {
  return WithoutExceptions([&] { return Minimise(objective, parameters); });
}

}  // namespace ff::scaling
