#include "server/scaling/smooth_profile.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

constexpr size_t kFewestSizes = 4;

// Slopes at the knots. Akima 1970: the weighted mean of the slopes left and right, each
// weighted by how much the other side bends; two slopes are added at either end by
// extrapolating the bend.
std::vector<double> AkimaSlopes(const std::vector<double>& x, const std::vector<double>& y) {
  const size_t n = x.size();
  std::vector<double> m(n + 3);
  for (size_t i = 0; i + 1 < n; ++i) m[i + 2] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
  m[1] = 2 * m[2] - m[3];
  m[0] = 2 * m[1] - m[2];
  m[n + 1] = 2 * m[n] - m[n - 1];
  m[n + 2] = 2 * m[n + 1] - m[n];
  double largest = 0;
  for (size_t i = 0; i + 1 < m.size(); ++i) largest = std::max(largest, std::abs(m[i + 1] - m[i]));
  std::vector<double> slopes(n);
  for (size_t i = 0; i < n; ++i) {
    const double left = std::abs(m[i + 3] - m[i + 2]), right = std::abs(m[i + 1] - m[i]);
    slopes[i] = left + right > 1e-9 * largest
                    ? (left * m[i + 1] + right * m[i + 2]) / (left + right)
                    : (m[i + 1] + m[i + 2]) / 2;
  }
  return slopes;
}

// Of the natural cubic spline, from continuity of the second derivative: a tridiagonal system.
std::vector<double> CubicSlopes(const std::vector<double>& x, const std::vector<double>& y) {
  const size_t n = x.size();
  std::vector<double> diagonal(n), upper(n), right(n);
  const auto gap = [&](size_t i) { return x[i + 1] - x[i]; };
  const auto secant = [&](size_t i) { return (y[i + 1] - y[i]) / gap(i); };
  for (size_t i = 0; i < n; ++i) {
    double lower = 0;
    if (i == 0) {
      diagonal[i] = 2;
      upper[i] = 1;
      right[i] = 3 * secant(0);
    } else if (i + 1 == n) {
      lower = 1;
      diagonal[i] = 2;
      right[i] = 3 * secant(n - 2);
    } else {
      lower = 1 / gap(i - 1);
      upper[i] = 1 / gap(i);
      diagonal[i] = 2 * (lower + upper[i]);
      right[i] = 3 * (secant(i - 1) * lower + secant(i) * upper[i]);
    }
    if (i == 0) continue;
    const double factor = lower / diagonal[i - 1];
    diagonal[i] -= factor * upper[i - 1];
    right[i] -= factor * right[i - 1];
  }
  std::vector<double> slopes(n);
  for (size_t i = n; i-- > 0;) {
    slopes[i] = (right[i] - (i + 1 < n ? upper[i] * slopes[i + 1] : 0)) / diagonal[i];
  }
  return slopes;
}

struct Knots {
  std::vector<double> log_size, log_loss, log_tokens;
};

// One knot a size: the mean of its runs.
Knots MakeKnots(absl::Span<const RunPoint> ascending) {
  Knots knots;
  for (size_t begin = 0, end = 0; begin < ascending.size(); begin = end) {
    double log_loss = 0, log_tokens = 0;
    while (end < ascending.size() && ascending[end].parameters == ascending[begin].parameters) {
      log_loss += std::log(ascending[end].loss);
      log_tokens += std::log(ascending[end].tokens);
      ++end;
    }
    const double count = static_cast<double>(end - begin);
    knots.log_size.push_back(std::log(ascending[begin].parameters));
    knots.log_loss.push_back(log_loss / count);
    knots.log_tokens.push_back(log_tokens / count);
  }
  return knots;
}

SmoothPoint PointAt(const Knots& knots, const SmoothCurve& curve, double x, Smooth kind) {
  const SmoothCurve tokens(knots.log_size, knots.log_tokens, kind);
  return {std::exp(x), std::exp(tokens.At(x)), std::exp(curve.At(x))};
}

bool AtEnd(const SmoothCurve& curve, double x) {
  const double margin = 1e-9 * (curve.last() - curve.first());
  return x <= curve.first() + margin || x >= curve.last() - margin;
}

}  // namespace

SmoothCurve::SmoothCurve(std::vector<double> x, std::vector<double> y, Smooth kind)
    : x_(std::move(x)) {
  const std::vector<double> slopes =
      kind == Smooth::kAkima ? AkimaSlopes(x_, y) : CubicSlopes(x_, y);
  for (size_t i = 0; i + 1 < x_.size(); ++i) {
    const double h = x_[i + 1] - x_[i], secant = (y[i + 1] - y[i]) / h;
    pieces_.push_back({y[i], slopes[i], (3 * secant - 2 * slopes[i] - slopes[i + 1]) / h,
                       (slopes[i] + slopes[i + 1] - 2 * secant) / (h * h)});
  }
}

double SmoothCurve::At(double x) const {
  size_t i = std::upper_bound(x_.begin(), x_.end(), x) - x_.begin();
  i = std::clamp<size_t>(i, 1, pieces_.size()) - 1;
  const double t = x - x_[i];
  const Piece& p = pieces_[i];
  return p.c0 + t * (p.c1 + t * (p.c2 + t * p.c3));
}

double SmoothCurve::Lowest() const {
  double best = x_[0];
  const auto consider = [&](double x) {
    if (At(x) < At(best)) best = x;
  };
  for (size_t i = 0; i < pieces_.size(); ++i) {
    consider(x_[i + 1]);
    // c1 + 2 c2 t + 3 c3 t^2 = 0, without cancellation.
    const Piece& p = pieces_[i];
    const double discriminant = p.c2 * p.c2 - 3 * p.c1 * p.c3;
    if (discriminant < 0) continue;
    const double q = -(p.c2 + std::copysign(std::sqrt(discriminant), p.c2));
    for (const double t : {q != 0 ? p.c1 / q : NAN, p.c3 != 0 ? q / (3 * p.c3) : NAN}) {
      if (t > 0 && t < x_[i + 1] - x_[i]) consider(x_[i] + t);
    }
  }
  return best;
}

std::optional<SmoothCurve> SmoothThrough(absl::Span<const RunPoint> ascending, Smooth kind) {
  const Knots knots = MakeKnots(ascending);
  if (knots.log_size.size() < 3) return std::nullopt;
  return SmoothCurve(knots.log_size, knots.log_loss, kind);
}

std::optional<SmoothPoint> SmoothLowest(absl::Span<const RunPoint> ascending, Smooth kind) {
  const Knots knots = MakeKnots(ascending);
  if (knots.log_size.size() < 3) return std::nullopt;
  const SmoothCurve curve(knots.log_size, knots.log_loss, kind);
  const double x = curve.Lowest();
  if (AtEnd(curve, x)) return std::nullopt;
  return PointAt(knots, curve, x, kind);
}

OptimumOrReason SmoothOptimum(const Profile& profile, Smooth kind) {
  const Knots knots = MakeKnots(profile.runs);
  if (knots.log_size.size() < kFewestSizes) {
    return {{},
            absl::StrFormat("too few runs: a smooth curve needs %d sizes, there are %d",
                            kFewestSizes, knots.log_size.size()),
            "",
            false};
  }
  const SmoothCurve curve(knots.log_size, knots.log_loss, kind);
  const double x = curve.Lowest();
  if (AtEnd(curve, x)) {
    const bool smallest = x < (curve.first() + curve.last()) / 2;
    return {{},
            absl::StrFormat("lowest loss at the %s size (%.3g parameters): add %s models",
                            smallest ? "smallest" : "largest", std::exp(x),
                            smallest ? "smaller" : "larger"),
            "",
            true};
  }
  const SmoothPoint lowest = PointAt(knots, curve, x, kind);
  const auto best =
      std::min_element(profile.runs.begin(), profile.runs.end(),
                       [](const RunPoint& a, const RunPoint& b) { return a.loss < b.loss; });
  OptimalPoint point;
  point.budget_index = profile.budget_index;
  point.compute_budget = profile.compute_budget;
  point.model_size = lowest.size;
  point.num_tokens = lowest.tokens;
  point.final_loss = lowest.loss;
  point.runs = static_cast<int>(profile.runs.size());
  point.empirical_model_size = best->parameters;
  point.empirical_loss = best->loss;
  return {point, "", "", false};
}

}  // namespace ff::scaling
