// The two kinds of objective behind LawProblem: two power terms over the vectorized kernel, in
// segments that may differ in E, and Kaplan's form row by row. Each belongs to one thread.
#pragma once

#include <utility>
#include <vector>

#include "server/scaling/law_kernel.h"
#include "server/scaling/law_problem.h"

namespace ff::scaling {

struct KernelSegment {
  KernelRows rows;  // padded
  KernelMap map;
};

class TwoTermObjective : public LawObjective {
 public:
  TwoTermObjective(std::vector<KernelSegment> segments, int size, KernelLoss loss)
      : segments_(std::move(segments)), size_(size), loss_(loss) {}

  int size() const override { return size_; }
  void EvaluateMatrix(const double* parameters, KernelMatrix matrix,
                      Derivatives* out) const override;
  void set_delta(double delta) override { loss_.delta = delta; }
  double delta() const override { return loss_.delta; }

 private:
  std::vector<KernelSegment> segments_;
  int size_;
  KernelLoss loss_;
};

// ln L = s ln(exp(u - rho x1) + exp(v - x2)); parameters s, u, rho, v. Kaplan et al. 2020,
// equation 1.5, with s = alpha_D and rho = alpha_N / alpha_D.
double KaplanLogLoss(const double* parameters, double x1, double x2);

class KaplanObjective : public LawObjective {
 public:
  KaplanObjective(KernelRows rows, KernelLoss loss) : rows_(std::move(rows)), loss_(loss) {}

  int size() const override { return 4; }
  void EvaluateMatrix(const double* parameters, KernelMatrix matrix,
                      Derivatives* out) const override;
  void set_delta(double delta) override { loss_.delta = delta; }
  double delta() const override { return loss_.delta; }

 private:
  KernelRows rows_;
  KernelLoss loss_;
};

}  // namespace ff::scaling
