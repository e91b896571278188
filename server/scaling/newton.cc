#include "server/scaling/newton.h"

#include <algorithm>
#include <cmath>

namespace ff::scaling {
namespace {

using Matrix = std::array<std::array<double, kMaxParameters>, kMaxParameters>;

constexpr double kLargestDamping = 1e12;
constexpr double kSmallestDamping = 1e-10;
constexpr double kFlatShare = 0.1;
constexpr double kFarGain = 1e-3;
constexpr int kFarSlow = 5;

// H + damping (|diag H| + a tenth of its largest entry). The second part keeps a parameter with
// hardly any curvature (a term that has all but vanished) from taking steps so long that all
// others are shortened to nothing.
bool DampedStep(const Derivatives& at, int size, double damping, double* step) {
  Matrix damped;
  double largest = 0;
  for (int i = 0; i < size; ++i) largest = std::max(largest, std::abs(at.hessian[i][i]));
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j < size; ++j) damped[i][j] = at.hessian[i][j];
    damped[i][i] += damping * (std::abs(at.hessian[i][i]) + kFlatShare * largest);
  }
  double minus_gradient[kMaxParameters];
  for (int i = 0; i < size; ++i) minus_gradient[i] = -at.gradient[i];
  return SolveCholesky(damped, size, minus_gradient, step);
}

void Shorten(int size, double longest, double* step) {
  double largest = 0;
  for (int i = 0; i < size; ++i) largest = std::max(largest, std::abs(step[i]));
  if (largest <= longest) return;
  for (int i = 0; i < size; ++i) step[i] *= longest / largest;
}

// By how much the quadratic model falls along the step.
double PredictedDecrease(const Derivatives& at, int size, const double* step) {
  double decrease = 0;
  for (int i = 0; i < size; ++i) {
    double curved = 0;
    for (int j = 0; j < size; ++j) curved += at.hessian[i][j] * step[j];
    decrease -= step[i] * (at.gradient[i] + 0.5 * curved);
  }
  return decrease;
}

double NextDamping(double damping, double gain) {
  if (gain > 0.75) damping = damping < kSmallestDamping ? 0 : damping / 10;
  if (gain < 0.25) damping = std::max(2 * damping, 1e-4);
  return damping;
}

void EvaluateAt(const Objective& objective, bool far, const double* parameters, Derivatives* out) {
  far ? objective.EvaluateFar(parameters, out) : objective.Evaluate(parameters, out);
}

// How often in a row an accepted step gained little.
class SlowSteps {
 public:
  SlowSteps(double share, int most) : share_(share), most_(most) {}
  bool TooMany(double gain, double value) {
    if (gain > 0) slow_ = gain < share_ * std::abs(value) ? slow_ + 1 : 0;
    return slow_ >= most_;
  }

 private:
  double share_;
  int most_, slow_ = 0;
};

// One of the two phases. Near the optimum rounding hides the decrease: a step that promises
// less than the tolerance is the last.
void Walk(const Objective& objective, int size, const NewtonOptions& options, bool far,
          double* parameters, NewtonResult* result) {
  Derivatives at, trial;
  EvaluateAt(objective, far, parameters, &at);
  ++result->evaluations;
  result->value = at.value;
  if (!std::isfinite(at.value)) return;
  SlowSteps slow = far ? SlowSteps(kFarGain, kFarSlow) : SlowSteps(options.stall, 3);
  double damping = options.damping;
  double step[kMaxParameters], moved[kMaxParameters];
  for (int i = 0; i < (far ? options.far_iterations : options.max_iterations); ++i) {
    if (!DampedStep(at, size, damping, step)) {
      damping = std::max(4 * damping, 1e-3);
      if (damping > kLargestDamping) break;
      continue;
    }
    Shorten(size, options.longest_step, step);
    const double decrease = PredictedDecrease(at, size, step);
    for (int j = 0; j < size; ++j) moved[j] = parameters[j] + step[j];
    EvaluateAt(objective, far, moved, &trial);
    ++result->evaluations;
    const bool last = decrease <= options.tolerance * std::abs(at.value) && damping < 1;
    const double gain = at.value - trial.value;
    if (gain > 0) {
      damping = NextDamping(damping, gain / decrease);
      std::copy(moved, moved + size, parameters);
      std::swap(at, trial);
    } else if (!last) {
      damping = std::max(4 * damping, 1e-4);
      if (damping > kLargestDamping) break;
    }
    result->converged = last && !far;
    if (last || slow.TooMany(gain, at.value)) break;
  }
  result->value = at.value;
}

}  // namespace

void Derivatives::Clear(int size) {
  value = 0;
  for (int i = 0; i < size; ++i) {
    gradient[i] = 0;
    for (int j = 0; j < size; ++j) hessian[i][j] = 0;
  }
}

bool SolveCholesky(const Matrix& h, int size, const double* b, double* x) {
  if (size > kMaxParameters) return false;
  double l[kMaxParameters][kMaxParameters];
  for (int i = 0; i < size; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = h[i][j];
      for (int k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
      if (i == j) {
        if (!(sum > 1e-15 * std::abs(h[i][i])) || !(sum > 0)) return false;
        l[i][i] = std::sqrt(sum);
      } else {
        l[i][j] = sum / l[j][j];
      }
    }
  }
  for (int i = 0; i < size; ++i) {
    double sum = b[i];
    for (int k = 0; k < i; ++k) sum -= l[i][k] * x[k];
    x[i] = sum / l[i][i];
  }
  for (int i = size - 1; i >= 0; --i) {
    double sum = x[i];
    for (int k = i + 1; k < size; ++k) sum -= l[k][i] * x[k];
    // Written by the first loop, which the analyzer gives up on.
    x[i] = sum / l[i][i];  // NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult)
  }
  return true;
}

NewtonResult MinimizeNewton(const Objective& objective, const NewtonOptions& options,
                            double* parameters) {
  const int size = objective.size();
  NewtonResult result;
  if (options.far_iterations > 0) {
    Walk(objective, size, options, true, parameters, &result);
    if (!std::isfinite(result.value)) return result;
  }
  Walk(objective, size, options, false, parameters, &result);
  return result;
}

}  // namespace ff::scaling
