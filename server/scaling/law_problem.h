// A law and a table as a problem of minimisation: internal parameters, in which the iteration
// is well behaved (logarithms, regressors centred), and the published ones; objectives over
// all rows or over a weighted resample. The families of two power terms share one kernel:
//   Hoffmann x1 = ln N, x2 = ln D; compute x1 = ln C and no second term;
//   Gadre    x1 = ln C - ln M, x2 = ln C + ln M, both with exponent eta.
// Immutable after Make and then usable from any thread; an objective belongs to one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/domain/law_fit.h"
#include "server/scaling/law_kernel.h"
#include "server/scaling/newton.h"

namespace ff::scaling {

// Where the kernel's five parameters come from: an index into the internal parameters, or a
// fixed value where the index is -1.
struct KernelMap {
  std::array<int, kKernelParameters> index{0, 1, 2, 3, 4};
  std::array<double, kKernelParameters> fixed{};
};

// An objective whose loss may be changed between minimisations.
class LawObjective : public Objective {
 public:
  virtual void set_delta(double delta) = 0;
  virtual double delta() const = 0;
  // Value and gradient, with `matrix` in the Hessian's place.
  virtual void EvaluateMatrix(const double* parameters, KernelMatrix matrix,
                              Derivatives* out) const = 0;
  void Evaluate(const double* parameters, Derivatives* out) const override {
    EvaluateMatrix(parameters, KernelMatrix::kHessian, out);
  }
  void EvaluateFar(const double* parameters, Derivatives* out) const override {
    EvaluateMatrix(parameters, KernelMatrix::kReweighted, out);
  }
};

class LawProblem {
 public:
  // Errors as FitLaw's.
  static absl::StatusOr<LawProblem> Make(const RunTable& table, const LawOptions& options);

  int parameters() const { return static_cast<int>(names_.size()); }
  size_t rows() const { return y_.size(); }
  const std::vector<std::string>& names() const { return names_; }
  LawFamily family() const { return family_; }
  LossFunction loss() const { return loss_; }
  bool linear() const { return loss_ == LossFunction::kSquares; }
  // Where Huber's loss bends: the option's delta, 1e300 for squares; for LAD the smallest of
  // a sequence that shrinks to it.
  double delta() const { return delta_; }

  // `y`: instead of the rows' own observations, where it is not empty.
  // `weights`: one a row (how often a resample drew it), rows of weight 0 left out; empty: 1
  // each.
  std::unique_ptr<LawObjective> MakeObjective(absl::Span<const double> weights,
                                              absl::Span<const double> y = {}) const;
  // Over one row alone.
  std::unique_ptr<LawObjective> MakeRowObjective(size_t row) const;
  // The same with the exponents fixed: e(s), a, b remain. Families of two power terms alone.
  std::unique_ptr<LawObjective> MakeInner(double alpha, double beta) const;

  // Natural scale of LawFit::parameters <-> internal.
  std::vector<double> ToPublic(const double* internal) const;
  std::vector<double> ToInternal(absl::Span<const double> values) const;
  // prediction - observation of each row, on the scale of the loss; internal parameters.
  std::vector<double> Residuals(const double* internal) const;
  // The objective as it is published: Huber's sum, sum |r|, sum r^2.
  double PublishedObjective(double internal_value) const;

  // The Hoffmann grid in internal parameters: alpha, beta in {0, .5, 1, 1.5, 2}, e in
  // {-1, -.5, 0, .5, 1}, a, b in {0, 5, ..., 25}; what a family ties or lacks falls away.
  std::vector<std::vector<double>> GridStarts() const;

  // Columns for variable projection; empty for Kaplan's form.
  const std::vector<double>& x1() const { return x1_; }
  const std::vector<double>& x2() const { return x2_; }
  const std::vector<double>& y() const { return y_; }
  const std::vector<int>& level() const { return level_; }
  int levels() const { return levels_; }
  bool has_second() const { return family_ != LawFamily::kCompute; }
  bool tied() const { return family_ == LawFamily::kTied || family_ == LawFamily::kGadre; }

 private:
  KernelMap MapOf(int level) const;
  std::unique_ptr<LawObjective> Wrap(std::vector<KernelRows> segments) const;

  LawFamily family_ = LawFamily::kHoffmann;
  LossFunction loss_ = LossFunction::kHuber;
  double delta_ = 0;
  std::vector<std::string> names_;
  std::vector<double> x1_, x2_, y_;  // centred; y: ln L, or L
  double centre1_ = 0, centre2_ = 0;
  std::vector<int> level_;
  int levels_ = 1;
};

}  // namespace ff::scaling
