#include "server/scaling/isoflop_profile.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"

namespace ff::scaling {
namespace {

using Matrix3 = std::array<std::array<double, 3>, 3>;

// Inverse by cofactors; the basis is centred and the caller saw three different sizes, so
// the determinant is far from 0.
Matrix3 Inverse(const Matrix3& m) {
  Matrix3 cofactor;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      const int r0 = (i + 1) % 3, r1 = (i + 2) % 3, c0 = (j + 1) % 3, c1 = (j + 2) % 3;
      cofactor[i][j] = m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0];
    }
  }
  const double determinant =
      m[0][0] * cofactor[0][0] + m[0][1] * cofactor[0][1] + m[0][2] * cofactor[0][2];
  Matrix3 inverse;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) inverse[i][j] = cofactor[j][i] / determinant;
  }
  return inverse;
}

int DistinctSizes(const std::vector<RunPoint>& runs) {
  int count = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (i == 0 || runs[i].parameters != runs[i - 1].parameters) ++count;
  }
  return count;
}

const RunPoint& Lowest(const std::vector<RunPoint>& runs) {
  return *std::min_element(runs.begin(), runs.end(),
                           [](const RunPoint& a, const RunPoint& b) { return a.loss < b.loss; });
}

// Empty: `best` is an inner size.
std::string EdgeOf(const std::vector<RunPoint>& runs, double best) {
  if (best == runs.front().parameters) {
    return absl::StrFormat("lowest loss at the smallest size (%.3g parameters): add smaller models",
                           best);
  }
  if (best == runs.back().parameters) {
    return absl::StrFormat("lowest loss at the largest size (%.3g parameters): add larger models",
                           best);
  }
  return "";
}

// An inner size whose loss equals the lowest exactly (losses read off a plot are quantised)
// counts as the minimum.
std::string EdgeOfMinimum(const std::vector<RunPoint>& runs) {
  const RunPoint& lowest = Lowest(runs);
  for (const RunPoint& run : runs) {
    if (run.loss == lowest.loss && EdgeOf(runs, run.parameters).empty()) return "";
  }
  return EdgeOf(runs, lowest.parameters);
}

double ParabolaRSquared(const ParabolaBasis& basis, const std::array<double, 3>& coefficients,
                        const std::vector<double>& values) {
  double mean = 0, residual = 0, total = 0;
  for (const double value : values) mean += value / static_cast<double>(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const double error = values[i] - Evaluate(coefficients, basis.x[i]);
    residual += error * error;
    total += (values[i] - mean) * (values[i] - mean);
  }
  return total > 0 ? 1 - residual / total : 1;
}

OptimalPoint PointOf(const Profile& profile) {
  OptimalPoint point;
  point.budget_index = profile.budget_index;
  point.compute_budget = profile.compute_budget;
  point.runs = static_cast<int>(profile.runs.size());
  point.empirical_model_size = Lowest(profile.runs).parameters;
  point.empirical_loss = Lowest(profile.runs).loss;
  return point;
}

OptimalPoint VertexPoint(const Profile& profile, const ParabolaBasis& basis,
                         const std::array<double, 3>& c, const std::vector<double>& losses) {
  OptimalPoint point = PointOf(profile);
  const double vertex = -c[1] / (2 * c[2]);
  std::vector<double> log_tokens;
  for (const RunPoint& run : profile.runs) log_tokens.push_back(std::log(run.tokens));
  point.model_size = std::exp(basis.centre + vertex);
  point.num_tokens = std::exp(Evaluate(FitParabola(basis, log_tokens), vertex));
  point.final_loss = Evaluate(c, vertex);
  point.c2 = c[2];
  point.c1 = c[1] - 2 * c[2] * basis.centre;
  point.c0 = c[0] - c[1] * basis.centre + c[2] * basis.centre * basis.centre;
  point.r_squared = ParabolaRSquared(basis, c, losses);
  return point;
}

}  // namespace

ParabolaBasis MakeBasis(const std::vector<RunPoint>& runs) {
  ParabolaBasis basis;
  for (const RunPoint& run : runs) {
    basis.centre += std::log(run.parameters) / static_cast<double>(runs.size());
  }
  Matrix3 normal{};
  for (const RunPoint& run : runs) {
    const double x = std::log(run.parameters) - basis.centre;
    const std::array<double, 3> row = {1, x, x * x};
    basis.x.push_back(x);
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j < 3; ++j) normal[i][j] += row[i] * row[j];
    }
  }
  const Matrix3 inverse = Inverse(normal);
  for (const double x : basis.x) {
    const std::array<double, 3> row = {1, x, x * x};
    double leverage = 0;
    for (int i = 0; i < 3; ++i) {
      const double weight = inverse[i][0] + inverse[i][1] * x + inverse[i][2] * x * x;
      basis.solve[i].push_back(weight);
      leverage += row[i] * weight;
    }
    basis.leverage.push_back(leverage);
  }
  return basis;
}

std::array<double, 3> FitParabola(const ParabolaBasis& basis, absl::Span<const double> values) {
  std::array<double, 3> coefficients{};
  for (int i = 0; i < 3; ++i) {
    for (size_t j = 0; j < values.size(); ++j) {
      coefficients[i] += basis.solve[i][j] * values[j];
    }
  }
  return coefficients;
}

double Evaluate(const std::array<double, 3>& c, double x) { return c[0] + x * (c[1] + x * c[2]); }

OptimumOrReason QuadraticOptimum(const Profile& profile) {
  const int sizes = DistinctSizes(profile.runs);
  if (sizes < 3) {
    return {{},
            absl::StrFormat("too few runs: a parabola needs 3 sizes, there are %d", sizes),
            "",
            false};
  }
  const ParabolaBasis basis = MakeBasis(profile.runs);
  std::vector<double> losses;
  for (const RunPoint& run : profile.runs) losses.push_back(run.loss);
  const std::array<double, 3> c = FitParabola(basis, losses);
  if (const std::string edge = EdgeOfMinimum(profile.runs); !edge.empty()) {
    return {{}, edge, "", true};
  }
  if (!(c[2] > 0)) return {{}, "no minimum: the losses do not curve upwards in log N", "", false};
  const double vertex = -c[1] / (2 * c[2]);
  if (vertex <= basis.x.front() || vertex >= basis.x.back()) {
    return {{},
            absl::StrFormat("the parabola's minimum (%.3g parameters) lies outside the sizes "
                            "measured (%.3g to %.3g)",
                            std::exp(basis.centre + vertex), profile.runs.front().parameters,
                            profile.runs.back().parameters),
            "",
            true};
  }
  std::string warning;
  if (profile.runs.size() == 3) {
    warning = "only 3 runs: the parabola meets each of them, so their noise stays unseen";
  }
  return {VertexPoint(profile, basis, c, losses), "", warning, false};
}

OptimumOrReason EmpiricalOptimum(const Profile& profile) {
  if (profile.runs.empty()) return {{}, "no finished run", "", false};
  OptimalPoint point = PointOf(profile);
  const RunPoint& best = Lowest(profile.runs);
  point.model_size = best.parameters;
  point.num_tokens = best.tokens;
  point.final_loss = best.loss;
  const std::string edge = EdgeOf(profile.runs, best.parameters);
  point.at_edge = !edge.empty();
  return {point, "", edge, point.at_edge};
}

}  // namespace ff::scaling
