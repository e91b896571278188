// The vectorized sums against plain arithmetic, their derivatives against differences.
#include "server/scaling/law_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "server/scaling/newton.h"
#include "server/scaling/simd_math.h"

namespace ff::scaling {
namespace {

TEST(SimdMath, ExpAndLogAreTheLibrarysToAFewUnitsInTheLastPlace) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-700, 700);
  for (int i = 0; i < 20000; ++i) {
    const double x = i % 2 == 0 ? uniform(random) : uniform(random) / 500;
    simd::Vec exponential, logarithm;
    simd::Exp(simd::Vec{} + x, &exponential);
    EXPECT_NEAR(exponential[3] / std::exp(x), 1, 5e-16) << x;
    const double y = std::exp(x);
    simd::Log(simd::Vec{} + y, &logarithm);
    EXPECT_NEAR(logarithm[5], std::log(y), 4e-16 * std::max(1.0, std::abs(std::log(y)))) << y;
  }
}

KernelRows Rows(size_t count) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> uniform(-3, 3);
  KernelRows rows;
  for (size_t i = 0; i < count; ++i) {
    const double x1 = uniform(random), x2 = uniform(random);
    const double loss = 2 + std::exp(-0.4 * x1) + std::exp(0.2 - 0.3 * x2);
    rows.Add(x1, x2, std::log(loss) + 0.01 * uniform(random), i % 3 == 0 ? 2 : 1);
  }
  rows.Pad();
  return rows;
}

const std::array<double, kKernelParameters> kTheta = {0.7, 0.1, 0.35, 0.15, 0.33};

double PlainObjective(const KernelRows& rows, const std::array<double, kKernelParameters>& p,
                      const KernelLoss& loss) {
  double total = 0;
  for (size_t i = 0; i < rows.rows; ++i) {
    const double s = std::exp(p[kE]) + std::exp(p[kA] - p[kAlpha] * rows.x1[i]) +
                     std::exp(p[kB] - p[kBeta] * rows.x2[i]);
    const double r = std::abs((loss.linear ? s : std::log(s)) - rows.y[i]);
    total += rows.weight[i] * (r <= loss.delta ? r * r / 2 : loss.delta * (r - loss.delta / 2));
  }
  return total;
}

TEST(LawKernel, ObjectiveIsThePlainSumForAnyNumberOfRows) {
  for (const size_t count : {1u, 7u, 8u, 9u, 100u}) {
    const KernelRows rows = Rows(count);
    for (const KernelLoss& loss : {KernelLoss{0.01, false}, KernelLoss{1e300, true}}) {
      KernelSums sums;
      EvaluateKernel(rows, kTheta, loss, &sums);
      const double plain = PlainObjective(rows, kTheta, loss);
      EXPECT_NEAR(sums.objective / plain, 1, 1e-12) << count;
    }
  }
}

TEST(LawKernel, DerivativesAreThoseOfTheObjective) {
  const KernelRows rows = Rows(50);
  // Without kinks, so that differences are clean.
  for (const KernelLoss& loss : {KernelLoss{1e300, false}, KernelLoss{1e300, true}}) {
    KernelSums sums, above, below;
    EvaluateKernel(rows, kTheta, loss, &sums);
    for (int i = 0; i < kKernelParameters; ++i) {
      auto moved = kTheta;
      const double step = 1e-5;
      moved[i] += step;
      EvaluateKernel(rows, moved, loss, &above);
      moved[i] -= 2 * step;
      EvaluateKernel(rows, moved, loss, &below);
      EXPECT_NEAR((above.objective - below.objective) / (2 * step), sums.gradient[i],
                  1e-8 * (1 + std::abs(sums.gradient[i])));
      for (int j = 0; j < kKernelParameters; ++j) {
        EXPECT_NEAR((above.gradient[j] - below.gradient[j]) / (2 * step), sums.hessian[i][j],
                    1e-8 * (1 + std::abs(sums.hessian[i][j])))
            << i << j;
      }
    }
  }
}

TEST(LawKernel, AnOverflowIsNotFiniteInsteadOfWrong) {
  auto theta = kTheta;
  theta[kE] = 1e6;
  theta[kA] = 1e6;
  KernelSums sums;
  EvaluateKernel(Rows(10), theta, {1e300, true}, &sums);
  EXPECT_FALSE(std::isfinite(sums.objective) && sums.objective < 1e200);
}

// f = (x - 1)^2 + 100 (y - x^2)^2.
class Rosenbrock : public Objective {
 public:
  int size() const override { return 2; }
  void Evaluate(const double* p, Derivatives* out) const override {
    const double x = p[0], y = p[1], d = y - x * x;
    out->value = (x - 1) * (x - 1) + 100 * d * d;
    out->gradient[0] = 2 * (x - 1) - 400 * x * d;
    out->gradient[1] = 200 * d;
    out->hessian[0][0] = 2 - 400 * d + 800 * x * x;
    out->hessian[0][1] = out->hessian[1][0] = -400 * x;
    out->hessian[1][1] = 200;
  }
};

TEST(Newton, CrossesAValleyFromWhereTheHessianIsIndefinite) {
  double p[2] = {-1.2, 3};
  const NewtonResult result = MinimizeNewton(Rosenbrock(), {}, p);
  EXPECT_TRUE(result.converged);
  EXPECT_NEAR(p[0], 1, 1e-7);
  EXPECT_NEAR(p[1], 1, 1e-7);
  EXPECT_LT(result.evaluations, 60);
}

}  // namespace
}  // namespace ff::scaling
