// Runs drawn from L = 1.8 + 400/N^0.34 + 1500/D^0.36 with log-normal noise: 6 budgets from 1e18
// to 1e20.5 FLOP, 9 sizes each round the optimum.
#pragma once

#include <cmath>
#include <random>
#include <string>

#include "server/domain/run_table.h"

namespace ff::analysis {

inline double PlantedLoss(double n, double d) {
  return 1.8 + 400 / std::pow(n, 0.34) + 1500 / std::pow(d, 0.36);
}

inline RunTable PlantedTable(double noise_sd = 0.002) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0, noise_sd);
  RunTable table;
  for (int b = 0; b < 6; ++b) {
    const double c = std::pow(10, 18 + 0.5 * b);
    // N_opt = G (C/6)^(beta/(alpha+beta)), G = (alpha A / (beta B))^(1/(alpha+beta)).
    const double g = std::pow(0.34 * 400 / (0.36 * 1500), 1 / 0.70);
    const double optimum = g * std::pow(c / 6, 0.36 / 0.70);
    for (int i = -4; i <= 4; ++i) {
      const double n = optimum * std::pow(2, 0.75 * i), d = c / (6 * n);
      table.run_id.push_back("b" + std::to_string(b) + "n" + std::to_string(i + 4));
      table.parameters.push_back(n);
      table.tokens.push_back(d);
      table.compute.push_back(c);
      table.loss.push_back(PlantedLoss(n, d) * std::exp(noise(random)));
    }
  }
  return table;
}

}  // namespace ff::analysis
