// Losses by learning rate and size: which rate is best for each model, and whether the best stays
// put as models grow, which u-muP promises (Blake et al. 2024) and a sweep over rates checks on
// one's own data. Pure; thread-safe.
#pragma once

#include <cstdint>
#include <vector>

namespace ff::scaling {

// `loss` NaN: the run diverged or failed. Sizes of a budget are told apart by parameters.
struct RateRun {
  double budget = 0, parameters = 0;
  int64_t d_model = 0;
  double rate = 0, loss = 0;
};

struct RateRow {
  double budget = 0, parameters = 0;
  int64_t d_model = 0;
  std::vector<double> losses;           // by rate, as RateTable::rates; NaN: none
  double best_rate = 0, best_loss = 0;  // NaN: every run of the size diverged
  bool at_edge = false;                 // the best is the smallest or the largest rate tried
  // Vertex of the parabola through the best and its neighbours, in ln(rate): less coarse than the
  // grid. NaN at an edge or beside a diverged run.
  double vertex = 0;
};

struct RateTable {
  std::vector<double> rates;  // ascending
  std::vector<RateRow> rows;  // by budget, then by size; sizes tried at two rates or more

  // Over the sizes of one budget: log2 of largest over smallest best rate, the budget where it is
  // most. 0 to 1 with rates a factor of 2 apart: the best rate stays put.
  double widest_shift = 0;
  // The most that any size loses, in nats, by the rate that is best for the smallest of its budget;
  // NaN where none can be compared.
  double transfer_cost = 0;
};

RateTable LearningRateTable(const std::vector<RateRun>& runs);

}  // namespace ff::scaling
