#include "server/scaling/law_objectives.h"

#include <algorithm>
#include <cmath>

namespace ff::scaling {
namespace {

std::array<double, kKernelParameters> Theta(const KernelMap& map, const double* parameters) {
  std::array<double, kKernelParameters> theta;
  for (int i = 0; i < kKernelParameters; ++i) {
    theta[i] = map.index[i] < 0 ? map.fixed[i] : parameters[map.index[i]];
  }
  return theta;
}

void Scatter(const KernelMap& map, const KernelSums& sums, Derivatives* out) {
  for (int i = 0; i < kKernelParameters; ++i) {
    const int row = map.index[i];
    if (row < 0) continue;
    out->gradient[row] += sums.gradient[i];
    for (int j = 0; j < kKernelParameters; ++j) {
      if (map.index[j] >= 0) out->hessian[row][map.index[j]] += sums.hessian[i][j];
    }
  }
}

// f = s l, l = ln(exp(u - rho x1) + exp(v - x2)), and its derivatives by s, u, rho, v.
struct KaplanRow {
  double f;
  std::array<double, 4> j;
  std::array<std::array<double, 4>, 4> h;
};

KaplanRow EvaluateKaplanRow(const double* p, double x1, double x2) {
  const double first = p[1] - p[2] * x1, second = p[3] - x2;
  const double top = std::max(first, second);
  const double e1 = std::exp(first - top), e2 = std::exp(second - top);
  const double l = top + std::log(e1 + e2);
  const double p1 = e1 / (e1 + e2), p2 = 1 - p1;
  const std::array<double, 4> dl = {0, p1, -p1 * x1, p2};
  const std::array<double, 4> u = {0, 1, -x1, -1};  // of first - second
  KaplanRow row;
  row.f = p[0] * l;
  for (int i = 0; i < 4; ++i) {
    row.j[i] = i == 0 ? l : p[0] * dl[i];
    // l'' of a log-sum of two is p1 p2 (u1 - u2)(u1 - u2)'.
    for (int k = 0; k < 4; ++k) {
      row.h[i][k] = i == 0 ? dl[k] : (k == 0 ? dl[i] : p[0] * p1 * p2 * u[i] * u[k]);
    }
  }
  return row;
}

// How much J J' counts; the rest of the exact Hessian is psi times the second derivative.
double InformationWeight(KernelMatrix matrix, double psi, double residual) {
  switch (matrix) {
    case KernelMatrix::kHessian:
      return psi == residual ? 1 : 0;
    case KernelMatrix::kReweighted:
      return psi == residual ? 1 : psi / residual;
    case KernelMatrix::kScore:
      return psi * psi;
    case KernelMatrix::kInformation:
      return 1;
  }
  return 0;
}

}  // namespace

void TwoTermObjective::EvaluateMatrix(const double* parameters, KernelMatrix matrix,
                                      Derivatives* out) const {
  const KernelLoss loss{loss_.delta, loss_.linear, matrix};
  out->Clear(size_);
  KernelSums sums;
  for (const KernelSegment& segment : segments_) {
    EvaluateKernel(segment.rows, Theta(segment.map, parameters), loss, &sums);
    out->value += sums.objective;
    Scatter(segment.map, sums, out);
  }
}

double KaplanLogLoss(const double* parameters, double x1, double x2) {
  return EvaluateKaplanRow(parameters, x1, x2).f;
}

void KaplanObjective::EvaluateMatrix(const double* parameters, KernelMatrix matrix,
                                     Derivatives* out) const {
  out->Clear(4);
  for (size_t i = 0; i < rows_.rows; ++i) {
    const KaplanRow row = EvaluateKaplanRow(parameters, rows_.x1[i], rows_.x2[i]);
    const double scale = loss_.linear ? std::exp(row.f) : 1;
    const double residual = (loss_.linear ? scale : row.f) - rows_.y[i];
    const double psi = std::clamp(residual, -loss_.delta, loss_.delta);
    const double weight = rows_.weight[i];
    out->value += weight * psi * (residual - 0.5 * psi);
    const double bent = matrix == KernelMatrix::kHessian ? weight * psi : 0;
    const double inside = weight * InformationWeight(matrix, psi, residual);
    for (int j = 0; j < 4; ++j) {
      out->gradient[j] += weight * psi * scale * row.j[j];
      for (int k = 0; k < 4; ++k) {
        // The second derivative of exp(f) is exp(f) (f'' + f' f'^T).
        const double second = row.h[j][k] + (loss_.linear ? row.j[j] * row.j[k] : 0);
        out->hessian[j][k] += inside * scale * scale * row.j[j] * row.j[k] + bent * scale * second;
      }
    }
  }
}

}  // namespace ff::scaling
