#include "server/scaling/solve.h"

#include <ceres/ceres.h>

#include "server/scaling/solve_options.h"

namespace ff::scaling {
namespace {

struct LineResidual {
  double x, y;
  template <typename T>
  bool operator()(const T* line, T* residual) const {
    residual[0] = T(y) - line[0] - line[1] * T(x);
    return true;
  }
};

absl::StatusOr<Line> Run(absl::Span<const double> x, absl::Span<const double> y, const Line& start,
                         double huber_delta) {
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

}  // namespace

absl::StatusOr<Line> SolveLine(absl::Span<const double> x, absl::Span<const double> y,
                               const Line& start, double huber_delta) {
  if (x.size() != y.size() || x.size() < 2) {
    return absl::InvalidArgumentError("a line needs two points or more");
  }
  return WithoutExceptions([&] { return Run(x, y, start, huber_delta); });
}

}  // namespace ff::scaling
