// A fit is a scaling law estimated from results, with its method, what it used and what
// it left out. Compute in FLOP, N in parameters, D in tokens, L in nats a token.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace ff {

struct Interval {
  double low = 0, high = 0;
};

// y(C) = coefficient_k * C^exponent_a.
struct PowerLaw {
  std::string name;  // N_opt | D_opt | L_opt
  double coefficient_k = 0, exponent_a = 0, r_squared = 0;
  Interval k_ci, a_ci;
  std::string formula;
};

struct OptimalPoint {
  int budget_index = 0;
  double compute_budget = 0, model_size = 0, num_tokens = 0, final_loss = 0;
  int runs = 0;
  Interval model_size_ci;
  double c0 = 0, c1 = 0, c2 = 0;  // loss = c0 + c1 x + c2 x^2, x = ln N (quadratic only)
  double r_squared = 0;
  double empirical_model_size = 0, empirical_loss = 0;
  bool at_edge = false;  // empirical only: at the smallest or largest size, kept all the same
};

struct Exclusion {
  double compute_budget = 0;
  std::string experiment_id;  // empty: the whole budget
  std::string reason;
  bool at_edge = false;  // of a budget: its minimum is at or beyond an end of its sizes
};

struct LeaveOneOut {
  double left_out_budget = 0, exponent_a = 0;
};

struct Fit {
  std::string id, sweep_id, method, loss_kind, flop_count, input_digest;
  absl::Time created_at;
  PowerLaw n_opt, d_opt, l_opt;
  std::vector<OptimalPoint> optimal_points;
  double optimal_ratio = 0;  // median D/N
  std::vector<Exclusion> exclusions;
  std::vector<std::string> warnings;
  std::vector<LeaveOneOut> leave_one_out;
  int runs_used = 0, resamples = 0;
  double confidence = 0;
  std::vector<double> draws;  // (ln k, a) of N, D, L: six numbers a bootstrap draw
  std::string runs_digest;    // of a sweep: SHA-256 over every run there was, used or not
  bool live = false;          // of a sweep that goes on: few resamples, soon replaced
};

struct Prediction {
  double target_compute = 0, optimal_params = 0, optimal_tokens = 0, expected_loss = 0;
  double tokens_per_param = 0;
  Interval params_ci, tokens_ci, loss_ci, tokens_per_param_ci;
  double extrapolation = 0;  // target over the largest measured budget
};

struct AnalysisOptions {
  std::string method;  // quadratic | empirical | akima | cubic
  double min_r_squared = 0;
  bool robust = false, enforce_monotonic = false;
  std::string loss_kind;  // validation | training
  int resamples = 0;
  double confidence = 0.95;
  uint64_t seed = 0;
  bool leave_one_out = false;
  double expected_exponent = 0, exponent_tolerance = 0;

  bool operator==(const AnalysisOptions&) const = default;
};

}  // namespace ff
