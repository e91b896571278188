// Variable projection; the other half of law_search.h.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "server/scaling/law_search.h"
#include "server/scaling/parallel_for.h"

namespace ff::scaling {
namespace {

constexpr int kSide = 18;
constexpr double kSmallestExponent = 0.02, kLargestExponent = 2.5;
constexpr int kRefined = 4;

using Exponents = std::array<double, 2>;

struct Projected {
  double value = std::numeric_limits<double>::infinity();
  std::vector<double> inner;  // e (one a level), a, b
};

// Least squares of L in E_g, A, B with weights 1/L^2 (which makes them those of ln L to first
// order), or 1 for plain squares. What comes out negative is put at a small positive value.
std::vector<double> LinearStart(const LawProblem& problem, double alpha, double beta) {
  const int levels = problem.levels(), size = levels + (problem.has_second() ? 2 : 1);
  Derivatives normal;
  normal.Clear(size);
  double mean = 0;
  for (size_t i = 0; i < problem.rows(); ++i) {
    const double loss = problem.linear() ? problem.y()[i] : std::exp(problem.y()[i]);
    const double weight = problem.linear() ? 1 : 1 / (loss * loss);
    mean += loss / static_cast<double>(problem.rows());
    const int index[3] = {problem.level().empty() ? 0 : problem.level()[i], levels, levels + 1};
    const double row[3] = {1, std::exp(-alpha * problem.x1()[i]),
                           std::exp(-beta * problem.x2()[i])};
    for (int j = 0; j < (problem.has_second() ? 3 : 2); ++j) {
      normal.gradient[index[j]] += weight * row[j] * loss;
      for (int k = 0; k < (problem.has_second() ? 3 : 2); ++k) {
        normal.hessian[index[j]][index[k]] += weight * row[j] * row[k];
      }
    }
  }
  for (int j = 0; j < size; ++j) normal.hessian[j][j] *= 1 + 1e-10;
  std::vector<double> solution(size, mean / 3);
  double solved[kMaxParameters];
  if (SolveCholesky(normal.hessian, size, normal.gradient.data(), solved)) {
    for (int j = 0; j < size; ++j) solution[j] = std::max(solved[j], 1e-3 * mean);
  }
  for (double& value : solution) value = std::log(value);
  return solution;
}

Projected Project(const LawProblem& problem, double delta, const Exponents& log_exponents) {
  const double alpha = std::exp(log_exponents[0]);
  const double beta = problem.tied() ? alpha : std::exp(log_exponents[1]);
  Projected projected;
  projected.inner = LinearStart(problem, alpha, beta);
  const auto inner = problem.MakeInner(alpha, beta);
  inner->set_delta(delta);
  NewtonOptions options;
  options.far_iterations = 10;
  options.max_iterations = 20;
  options.tolerance = 1e-9;
  options.stall = 1e-5;
  const double value = MinimizeNewton(*inner, options, projected.inner.data()).value;
  if (std::isfinite(value)) projected.value = value;
  return projected;
}

std::vector<double> Join(const LawProblem& problem, const Exponents& log_exponents,
                         const std::vector<double>& inner) {
  const int levels = problem.levels();
  std::vector<double> all(inner.begin(), inner.begin() + levels);
  all.insert(all.end(), {inner[levels], std::exp(log_exponents[0])});
  if (problem.has_second()) {
    all.push_back(inner[levels + 1]);
    if (!problem.tied()) all.push_back(std::exp(log_exponents[1]));
  }
  return all;
}

// Nelder and Mead 1965 with the usual coefficients, in `dimensions` (1 or 2) log exponents.
Exponents Simplex(const LawProblem& problem, double delta, Exponents start, int dimensions) {
  struct Corner {
    Exponents at;
    double value;
  };
  const auto corner = [&](const Exponents& at) {
    return Corner{at, Project(problem, delta, at).value};
  };
  std::vector<Corner> corners = {corner(start)};
  for (int i = 0; i < dimensions; ++i) {
    Exponents moved = start;
    moved[i] += 0.15;
    corners.push_back(corner(moved));
  }
  for (int iteration = 0; iteration < 60; ++iteration) {
    std::sort(corners.begin(), corners.end(),
              [](const Corner& a, const Corner& b) { return a.value < b.value; });
    Corner& worst = corners.back();
    if (worst.value - corners[0].value <= 1e-7 * std::abs(corners[0].value)) break;
    Exponents centre{};
    for (int c = 0; c < dimensions; ++c) {
      for (int i = 0; i < 2; ++i) centre[i] += corners[c].at[i] / dimensions;
    }
    const auto along = [&](double t) {
      return corner(
          {centre[0] + t * (worst.at[0] - centre[0]), centre[1] + t * (worst.at[1] - centre[1])});
    };
    const Corner reflected = along(-1);
    if (reflected.value < corners[0].value) {
      const Corner expanded = along(-2);
      worst = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < corners[dimensions - 1].value) {
      worst = reflected;
    } else if (const Corner contracted = along(0.5); contracted.value < worst.value) {
      worst = contracted;
    } else {
      for (int c = 1; c <= dimensions; ++c) {
        for (int i = 0; i < 2; ++i) corners[c].at[i] = (corners[c].at[i] + corners[0].at[i]) / 2;
        corners[c] = corner(corners[c].at);
      }
    }
  }
  return std::min_element(corners.begin(), corners.end(),
                          [](const Corner& a, const Corner& b) { return a.value < b.value; })
      ->at;
}

double GridExponent(int i) {
  const double low = std::log(kSmallestExponent), high = std::log(kLargestExponent);
  return low + (high - low) * i / (kSide - 1);
}

// Cells no neighbour of which is lower, lowest first.
std::vector<Exponents> LocalMinima(const std::vector<double>& values, int second_side) {
  std::vector<std::pair<double, Exponents>> minima;
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < second_side; ++j) {
      const double here = values[i * second_side + j];
      bool lowest = std::isfinite(here);
      for (int di = -1; di <= 1; ++di) {
        for (int dj = -1; dj <= 1; ++dj) {
          const int k = i + di, l = j + dj;
          if (k < 0 || l < 0 || k >= kSide || l >= second_side) continue;
          lowest = lowest && here <= values[k * second_side + l];
        }
      }
      if (lowest) minima.push_back({here, {GridExponent(i), GridExponent(j)}});
    }
  }
  std::sort(minima.begin(), minima.end());
  std::vector<Exponents> places;
  places.reserve(minima.size());
  for (const auto& [value, place] : minima) places.push_back(place);
  if (places.size() > kRefined) places.resize(kRefined);
  return places;
}

}  // namespace

std::optional<LocalOptimum> SearchProjection(const LawProblem& problem, int threads) {
  if (problem.family() == LawFamily::kKaplan) return std::nullopt;
  const int dimensions = problem.tied() || !problem.has_second() ? 1 : 2;
  const int second_side = dimensions == 2 ? kSide : 1;
  const double delta = DeltaPath(problem).front();
  std::vector<double> values(kSide * second_side);
  ParallelFor(values.size(), threads, 4, [&](size_t, size_t i) {
    const Exponents at = {GridExponent(static_cast<int>(i) / second_side),
                          GridExponent(static_cast<int>(i) % second_side)};
    values[i] = Project(problem, delta, at).value;
  });
  const std::vector<Exponents> places = LocalMinima(values, second_side);
  std::vector<LocalOptimum> optima(places.size());
  ParallelFor(places.size(), threads, 1, [&](size_t, size_t i) {
    const Exponents at = Simplex(problem, delta, places[i], dimensions);
    optima[i].parameters = Join(problem, at, Project(problem, delta, at).inner);
    const auto objective = problem.MakeObjective({});
    PolishOptimum(problem, objective.get(), &optima[i]);
  });
  std::optional<LocalOptimum> best;
  for (LocalOptimum& one : optima) {
    if (std::isfinite(one.value) && (!best || one.value < best->value)) best = std::move(one);
  }
  return best;
}

}  // namespace ff::scaling
