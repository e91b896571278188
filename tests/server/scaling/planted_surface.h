// Runs drawn from a known loss surface, with noise of ln L.
#pragma once

#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "server/domain/run_table.h"

namespace ff::scaling {

struct PlantedSurface {
  double e = 1.8, a = 480, b = 2100, alpha = 0.35, beta = 0.37;
  double noise_sd = 0.005;
  int budgets = 6, sizes = 9;
  double smallest = 1e18, factor = 4;  // between budgets
  double width = 30;                   // largest size over smallest, at each budget
};

inline double LossOf(const PlantedSurface& law, double n, double d) {
  return law.e + law.a * std::pow(n, -law.alpha) + law.b * std::pow(d, -law.beta);
}

inline double BestSize(const PlantedSurface& law, double compute) {
  const double g = std::pow(law.alpha * law.a / (law.beta * law.b), 1 / (law.alpha + law.beta));
  return g * std::pow(compute / 6, law.beta / (law.alpha + law.beta));
}

// IsoFLOP profiles round the true optima, shifted a little from budget to budget.
inline RunTable PlantedTable(const PlantedSurface& law, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 1);
  RunTable table;
  for (int b = 0; b < law.budgets; ++b) {
    const double compute = law.smallest * std::pow(law.factor, b);
    const double shift = 1 + 0.1 * (b % 3);
    for (int i = 0; i < law.sizes; ++i) {
      const double t = static_cast<double>(i) / (law.sizes - 1) - 0.5;
      const double n = BestSize(law, compute) * shift * std::pow(law.width, t);
      const double d = compute / (6 * n);
      table.run_id.push_back(absl::StrCat("r", b, "_", i));
      table.parameters.push_back(n);
      table.tokens.push_back(d);
      table.compute.push_back(compute);
      table.loss.push_back(LossOf(law, n, d) * std::exp(law.noise_sd * noise(random)));
    }
  }
  return table;
}

}  // namespace ff::scaling
