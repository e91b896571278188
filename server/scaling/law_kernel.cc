#include "server/scaling/law_kernel.h"

#include "server/scaling/simd_math.h"

// The same source three times over; dispatch is by what the processor can do, not by its maker.
#if defined(__x86_64__) && defined(__GNUC__)
#define FF_DISPATCH 1
#endif

namespace ff::scaling {
namespace {

using simd::Vec;

// Hessian of f = S or ln S by the terms t_k with u_k the gradient of their exponents:
//   sum c1 J J' + c2 sum_k p_k u_k u_k',  J = sum_k p_k u_k,
// where p_k = t_k, c1 = psi', c2 = psi for S, and p_k = t_k / S, c1 = psi' - psi, c2 = psi
// for ln S. u_e = (1,0,0,0,0), u_1 = (0,1,-x1,0,0), u_2 = (0,0,0,1,-x2): fifteen sums.
struct Moments {
  Vec objective{}, g0{}, g1{}, g1x{}, g2{}, g2x{};
  Vec ee{}, e1{}, e1x{}, e2{}, e2x{};
  Vec s11{}, s11x{}, s11xx{}, s22{}, s22x{}, s22xx{};
  Vec s12{}, s12x{}, s12y{}, s12xy{};
};

FF_SIMD_INLINE void AddLanes(const double* x1_from, const double* x2_from, const double* y_from,
                             const double* w_from,
                             const std::array<double, kKernelParameters>& theta,
                             const KernelLoss& loss, Moments* m) {
  Vec x1, x2, y, w, p0, p1, p2;
  simd::Load(x1_from, &x1);
  simd::Load(x2_from, &x2);
  simd::Load(y_from, &y);
  simd::Load(w_from, &w);
  simd::Exp(Vec{} + theta[kE], &p0);
  simd::Exp(theta[kA] - theta[kAlpha] * x1, &p1);
  simd::Exp(theta[kB] - theta[kBeta] * x2, &p2);
  const Vec sum = p0 + p1 + p2;
  Vec residual;
  if (loss.linear) {
    residual = sum - y;
  } else {
    simd::Log(sum, &residual);
    residual = residual - y;
    const Vec inverse = 1.0 / sum;
    p0 *= inverse;
    p1 *= inverse;
    p2 *= inverse;
  }
  const Vec high = Vec{} + loss.delta, low = -high, zero{};
  Vec psi = residual > high ? high : residual;
  psi = psi < low ? low : psi;
  m->objective += w * psi * (residual - 0.5 * psi);
  const Vec inside = psi == residual ? w : zero;
  const Vec pull = w * psi;
  const Vec g1 = pull * p1, g2 = pull * p2;
  m->g0 += pull * p0;
  m->g1 += g1;
  m->g1x += g1 * x1;
  m->g2 += g2;
  m->g2x += g2 * x2;
  Vec c1 = inside, c2 = pull;
  if (loss.matrix != KernelMatrix::kHessian) {
    c2 = zero;
    c1 = w;
    if (loss.matrix == KernelMatrix::kReweighted) c1 = psi == residual ? w : pull / residual;
    if (loss.matrix == KernelMatrix::kScore) c1 = pull * psi;
  } else if (!loss.linear) {
    c1 = inside - pull;
  }
  const Vec q1 = c2 * p1, q2 = c2 * p2;
  const Vec c1p0 = c1 * p0, c1p1 = c1 * p1;
  m->ee += p0 * (c1p0 + c2);
  const Vec e1 = c1p0 * p1, e2 = c1p0 * p2;
  m->e1 += e1;
  m->e1x += e1 * x1;
  m->e2 += e2;
  m->e2x += e2 * x2;
  const Vec s11 = c1p1 * p1 + q1, s22 = c1 * p2 * p2 + q2;
  const Vec s11x = s11 * x1, s22x = s22 * x2;
  m->s11 += s11;
  m->s11x += s11x;
  m->s11xx += s11x * x1;
  m->s22 += s22;
  m->s22x += s22x;
  m->s22xx += s22x * x2;
  const Vec s12 = c1p1 * p2, s12x = s12 * x1;
  m->s12 += s12;
  m->s12x += s12x;
  m->s12y += s12 * x2;
  m->s12xy += s12x * x2;
}

FF_SIMD_INLINE void Accumulate(const KernelRows& rows,
                               const std::array<double, kKernelParameters>& theta,
                               const KernelLoss& loss, Moments* out) {
  Moments moments;
  const double *x1 = rows.x1.data(), *x2 = rows.x2.data(), *y = rows.y.data(),
               *w = rows.weight.data();
  const size_t count = rows.x1.size();
  for (size_t i = 0; i < count; i += simd::kLanes) {
    AddLanes(x1 + i, x2 + i, y + i, w + i, theta, loss, &moments);
  }
  *out = moments;
}

void Collect(const Moments& m, KernelSums* out) {
  out->objective = simd::Sum(m.objective);
  out->gradient = {simd::Sum(m.g0), simd::Sum(m.g1), -simd::Sum(m.g1x), simd::Sum(m.g2),
                   -simd::Sum(m.g2x)};
  auto& h = out->hessian;
  const auto set = [&h](int i, int j, const Vec& v, double sign) {
    h[i][j] = h[j][i] = sign * simd::Sum(v);
  };
  set(kE, kE, m.ee, 1);
  set(kE, kA, m.e1, 1);
  set(kE, kAlpha, m.e1x, -1);
  set(kE, kB, m.e2, 1);
  set(kE, kBeta, m.e2x, -1);
  set(kA, kA, m.s11, 1);
  set(kA, kAlpha, m.s11x, -1);
  set(kAlpha, kAlpha, m.s11xx, 1);
  set(kB, kB, m.s22, 1);
  set(kB, kBeta, m.s22x, -1);
  set(kBeta, kBeta, m.s22xx, 1);
  set(kA, kB, m.s12, 1);
  set(kAlpha, kB, m.s12x, -1);
  set(kA, kBeta, m.s12y, -1);
  set(kAlpha, kBeta, m.s12xy, 1);
}

FF_SIMD_INLINE void SumRowsInline(const KernelRows& rows,
                                  const std::array<double, kKernelParameters>& theta,
                                  const KernelLoss& loss, Moments* out) {
  // A constant in each call, so that the loop has no branch left.
  if (loss.matrix == KernelMatrix::kReweighted) {
    Accumulate(rows, theta, {loss.delta, loss.linear, KernelMatrix::kReweighted}, out);
  } else if (loss.matrix != KernelMatrix::kHessian) {
    Accumulate(rows, theta, loss, out);
  } else if (loss.linear) {
    Accumulate(rows, theta, {loss.delta, true, KernelMatrix::kHessian}, out);
  } else {
    Accumulate(rows, theta, {loss.delta, false, KernelMatrix::kHessian}, out);
  }
}

using SumRowsFunction = void (*)(const KernelRows&, const std::array<double, kKernelParameters>&,
                                 const KernelLoss&, Moments*);

void SumRowsPlain(const KernelRows& rows, const std::array<double, kKernelParameters>& theta,
                  const KernelLoss& loss, Moments* out) {
  SumRowsInline(rows, theta, loss, out);
}

#ifdef FF_DISPATCH
__attribute__((target("avx2,fma"))) void SumRowsAvx2(
    const KernelRows& rows, const std::array<double, kKernelParameters>& theta,
    const KernelLoss& loss, Moments* out) {
  SumRowsInline(rows, theta, loss, out);
}

__attribute__((target("avx512f,avx512dq,fma"))) void SumRowsAvx512(
    const KernelRows& rows, const std::array<double, kKernelParameters>& theta,
    const KernelLoss& loss, Moments* out) {
  SumRowsInline(rows, theta, loss, out);
}
#endif

SumRowsFunction ChooseSumRows() {
#ifdef FF_DISPATCH
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    return SumRowsAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return SumRowsAvx2;
#endif
  return SumRowsPlain;
}

}  // namespace

void KernelRows::Reserve(size_t count) {
  for (auto* column : {&x1, &x2, &y, &weight}) column->reserve(count + simd::kLanes);
}

void KernelRows::Add(double x1_value, double x2_value, double y_value, double weight_value) {
  x1.push_back(x1_value);
  x2.push_back(x2_value);
  y.push_back(y_value);
  weight.push_back(weight_value);
  ++rows;
}

void KernelRows::Pad() {
  while (x1.size() % simd::kLanes != 0) {
    // A copy of a real row: no exponential of padding overflows where the rows' do not.
    x1.push_back(x1[0]);
    x2.push_back(x2[0]);
    y.push_back(y[0]);
    weight.push_back(0);
  }
}

void KernelRows::Clear() {
  for (auto* column : {&x1, &x2, &y, &weight}) column->clear();
  rows = 0;
}

void EvaluateKernel(const KernelRows& rows, const std::array<double, kKernelParameters>& theta,
                    const KernelLoss& loss, KernelSums* sums) {
  static const SumRowsFunction sum_rows = ChooseSumRows();
  Moments moments;
  sum_rows(rows, theta, loss, &moments);
  Collect(moments, sums);
}

}  // namespace ff::scaling
