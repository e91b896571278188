// Runs of a sweep whose law is known, and the options most tests start from.
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "server/scaling/isoflop_analysis.h"

namespace ff::scaling {

inline AnalysisOptions QuadraticOptions() {
  AnalysisOptions options;
  options.method = "quadratic";
  options.loss_kind = "validation";
  options.resamples = 0;
  options.seed = 1;
  return options;
}

struct PlantedLaw {
  double k = 0.09, a = 0.5;  // N_opt = k C^a
  double loss_k = 20, loss_a = -0.06;
  double curvature = 0.05;  // nats per squared e-fold of N
  double noise_sd = 0;
  double width = 16;
  int budgets = 6, sizes = 8;
};

inline double BudgetAt(int index) { return 1e12 * std::pow(4.0, index); }

// Exact parabolas in ln N round the planted optima, off-centre from budget to budget.
inline std::vector<RunPoint> PlantedRuns(const PlantedLaw& law, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> noise(0, 1);
  std::vector<RunPoint> runs;
  for (int b = 0; b < law.budgets; ++b) {
    const double budget = BudgetAt(b);
    const double best = law.k * std::pow(budget, law.a);
    const double lowest = law.loss_k * std::pow(budget, law.loss_a);
    const double shift = 1 + 0.1 * (b % 3);
    for (int i = 0; i < law.sizes; ++i) {
      const double t = static_cast<double>(i) / (law.sizes - 1) - 0.5;
      const double size = best * shift * std::pow(law.width, t);
      const double x = std::log(size / best);
      const double loss = lowest + law.curvature * x * x + law.noise_sd * noise(random);
      runs.push_back({"e" + std::to_string(b) + "_" + std::to_string(i), b, budget, size,
                      budget / (6 * size), loss});
    }
  }
  return runs;
}

}  // namespace ff::scaling
