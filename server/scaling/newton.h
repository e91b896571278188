// A damped Newton iteration for few parameters and exact Hessians, made for being run tens of
// thousands of times: no allocation, no logging. Ceres confirms its answers where one is
// published (solve.h); it needs about 40 microseconds of set-up and an iteration, this
// needs well under one beside the objective itself. Thread-safe.
#pragma once

#include <array>

namespace ff::scaling {

inline constexpr int kMaxParameters = 24;

struct Derivatives {
  double value = 0;
  std::array<double, kMaxParameters> gradient;
  std::array<std::array<double, kMaxParameters>, kMaxParameters> hessian;

  void Clear(int size);
};

class Objective {
 public:
  virtual ~Objective() = default;
  virtual int size() const = 0;  // at most kMaxParameters
  // May give a value that is not finite: such a step is not taken.
  virtual void Evaluate(const double* parameters, Derivatives* out) const = 0;
  // The same value and gradient, with a positive semidefinite stand-in for the Hessian that
  // is a better model far from the optimum.
  virtual void EvaluateFar(const double* parameters, Derivatives* out) const {
    Evaluate(parameters, out);
  }
};

struct NewtonOptions {
  int far_iterations = 0;  // with EvaluateFar first, fewer where they slow down
  int max_iterations = 200;
  double damping = 1e-3;      // at the start; 0 trusts the start
  double tolerance = 1e-14;   // of the decrease still to be had, over the value
  double stall = 0;           // three steps in a row that gain less than this share: give up
  double longest_step = 4.0;  // in any one parameter
};

struct NewtonResult {
  double value = 0;
  int evaluations = 0;
  bool converged = false;
};

// Minimises from `parameters`, which hold the best point found afterwards. The Hessian is
// damped by a multiple of its diagonal until it is positive definite and the step helps.
NewtonResult MinimizeNewton(const Objective& objective, const NewtonOptions& options,
                            double* parameters);

// Solves H x = b by Cholesky for the leading `size` rows; false where H is not positive definite.
bool SolveCholesky(const std::array<std::array<double, kMaxParameters>, kMaxParameters>& h,
                   int size, const double* b, double* x);

}  // namespace ff::scaling
