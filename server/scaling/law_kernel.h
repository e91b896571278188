// The sums every fit of a loss surface is made of: objective, gradient and exact Hessian of
//   S(x1, x2) = exp(e) + exp(a - alpha x1) + exp(b - beta x2)
// over rows, in one pass, eight rows at a time. Columns lie one after another in memory and
// are padded to whole lanes; GCC's target_clones picks AVX-512, AVX2 or SSE2 at run time, so
// last bits may differ between machines, never between runs on one. Thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace ff::scaling {

// Order of the kernel's parameters, everywhere.
enum KernelParameter { kE = 0, kA, kAlpha, kB, kBeta, kKernelParameters };

struct KernelRows {
  // Whole lanes; rows of padding have weight 0. y: ln L, or L where residuals are linear.
  std::vector<double> x1, x2, y, weight;
  size_t rows = 0;

  void Reserve(size_t count);
  void Add(double x1_value, double x2_value, double y_value, double weight_value);
  // Fills up the last lanes; nothing may be added afterwards.
  void Pad();
  void Clear();
};

// Huber's loss of r = ln S - y (or S - y): r^2/2 up to delta, delta (|r| - delta/2) beyond.
// delta 1e300 gives squares.
// What is summed in the Hessian's place; J is the gradient of ln S (or S).
enum class KernelMatrix {
  kHessian,      // the exact second derivative
  kReweighted,   // w (psi / r) J J': reweighted least squares; positive semidefinite and a good
                 // model far from the optimum, where psi' is 0 on nearly all rows
  kScore,        // w psi^2 J J': the gradient's variance, for sandwich estimates
  kInformation,  // w J J'
};

struct KernelLoss {
  double delta = 1e300;
  bool linear = false;  // r = S - y instead of r = ln S - y
  KernelMatrix matrix = KernelMatrix::kHessian;
};

struct KernelSums {
  double objective = 0;
  std::array<double, kKernelParameters> gradient{};
  std::array<std::array<double, kKernelParameters>, kKernelParameters> hessian{};
};

// A term is left out by a parameter e, a or b of -1e4: its exponential is then 3e-308.
// `rows` padded. An overflow gives an objective that is not finite.
void EvaluateKernel(const KernelRows& rows, const std::array<double, kKernelParameters>& theta,
                    const KernelLoss& loss, KernelSums* sums);

}  // namespace ff::scaling
