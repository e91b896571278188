// Laws of loss in size, data and compute, fitted to single runs (Hoffmann et al. 2022,
// approach 3, and its relatives), with how they were found, their bootstrap draws and what
// is wrong with them. N in parameters, D in tokens, C in FLOP, L in nats a token.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/domain/fit.h"
#include "server/domain/run_table.h"

namespace ff {

enum class LawFamily {
  kHoffmann,      // L = E + A/N^alpha + B/D^beta:            e a b alpha beta
  kTied,          // the same with alpha = beta:              e a b alpha
  kGroupOffsets,  // L = E_g + A/N^alpha + B/D^beta:          e:LEVEL... a b alpha beta
  kKaplan,        // L = [(Nc/N)^(aN/aD) + Dc/D]^aD:          log_nc log_dc alpha_n alpha_d
  kCompute,       // L = E + k C^-a:                          e k a
  kGadre,         // L = E + (a M^eta + b M^-eta) C^-eta, M = D/N:  e a b eta
};

// What is summed over the runs; r = ln L - ln prediction for the first three.
enum class LossFunction {
  kHuber,       // r^2/2 where |r| <= delta, delta (|r| - delta/2) beyond
  kLad,         // |r|: true least absolute deviation, no smoothing left
  kLogSquares,  // r^2
  kSquares,     // (L - prediction)^2: plain least squares on L
};

enum class ResampleUnit { kRuns, kBudgets };

struct LawOptions {
  LawFamily family = LawFamily::kHoffmann;
  LossFunction loss = LossFunction::kHuber;
  double huber_delta = 1e-3;  // in units of ln L
  std::string group_column;   // kGroupOffsets: whose levels get an E of their own
  int resamples = 4000;       // 0: no intervals
  ResampleUnit unit = ResampleUnit::kRuns;
  bool calibrated = true;  // draws of runs: spread measured on simulated sweeps and corrected
  double confidence = 0.95;
  uint64_t seed = 0;
  int threads = 0;   // 0: one a core. Results do not depend on it
  bool grid = true;  // false: variable projection alone (but for kKaplan), for simulations
  double min_r_squared = 0;
  double expected_exponent = 0, exponent_tolerance = 0;  // of N_opt; 0: not checked
  bool enforce_monotonic = false;  // a law that does not fall in N and in D is an error

  bool operator==(const LawOptions&) const = default;
};

struct LawParameter {
  std::string name;
  double value = 0;
  double standard_error = 0;  // of the bootstrap draws; 0 without them
  Interval ci;                // at LawFit::confidence; {0, 0} without draws
};

// How sure it is that the optimum is the lowest there is.
struct SearchReport {
  int starts = 0;                   // of the Hoffmann grid, every one run to its end
  int starts_at_best = 0;           // that ended within 1e-6 (relative) of the best
  int basins = 0;                   // different local optima with a finite law
  double grid_objective = 0;        // best of the grid, polished by Ceres
  double projection_objective = 0;  // best of variable projection, polished; NaN: not run
  bool agree = true;                // the two within 1e-6 (relative)
  int screened_on = 0;              // rows the grid was searched on; 0: on all of them
};

struct LawFit {
  LawFamily family = LawFamily::kHoffmann;
  LossFunction loss = LossFunction::kHuber;
  double huber_delta = 0;
  std::vector<LawParameter> parameters;           // in the order and by the names of LawFamily
  double objective = 0;                           // sum over the runs, as LossFunction says
  double r_squared = 0;                           // of ln L
  double noise_sd = 0;                            // robust sd of ln L about the law (1.4826 MAD)
  double n_opt_exponent = 0, d_opt_exponent = 0;  // NaN: the family has none (kCompute)
  Interval n_opt_exponent_ci, d_opt_exponent_ci;
  double flops_per_param_token = 6;  // C = this * N D: 6, or the data's median where it differs
  int runs = 0;
  double smallest_compute = 0, largest_compute = 0;
  SearchReport search;
  bool identifiable = true;
  std::string not_identifiable;  // why, e.g. "all runs have one size"; empty where identifiable
  std::vector<std::string> warnings, notes;
  double confidence = 0;
  int resamples = 0;          // draws kept
  int failed_resamples = 0;   // had no finite optimum; counted, not in draws
  std::vector<double> draws;  // resamples x parameters.size(), row by row
};

// N in compute as the law has it, with bands; ascending in compute.
struct LawBandPoint {
  double compute = 0;
  Prediction at;
};

struct RunResidual {
  size_t row = 0;              // of the table fitted
  double predicted = 0;        // L
  double residual = 0;         // ln L - ln predicted
  double standardized = 0;     // over noise_sd
  double normal_quantile = 0;  // where a Gaussian would have it: for quantile plots
};

struct ResidualTrend {
  std::string against;  // ln N | ln D | ln C
  double slope = 0;     // of the residual
  double t = 0;         // slope over its standard error
};

struct Residuals {
  std::vector<RunResidual> runs;      // in the table's order
  std::vector<ExcludedRun> outliers;  // used in the fit all the same; the reason says how far off
  std::vector<ResidualTrend> trends;
  double skewness = 0, excess_kurtosis = 0;
  std::vector<std::string> warnings;
};

// The law without one run.
struct RunInfluence {
  size_t row = 0;
  double n_opt_exponent = 0;       // without it
  double shift = 0;                // of the exponent, in bootstrap standard errors (or absolute)
  std::vector<double> parameters;  // without it
  bool approximate = false;        // one Newton step instead of a new fit (large tables)
};

struct BacktestPoint {
  int budgets_left_out = 0;  // the largest ones
  int runs_fitted = 0, runs_predicted = 0;
  double fitted_up_to = 0, predicted_up_to = 0;  // FLOP
  double mean_abs_error = 0;                     // of ln L over the runs left out (0.01: 1 %)
  double mean_error = 0;                         // signed: predicted minus actual
  double worst_abs_error = 0;
  double inside_interval = 0;  // share of runs within the prediction interval
  double n_opt_exponent = 0;
  std::string reason;  // not empty: this split could not be fitted, and why
};

struct LawComparison {
  std::string quantity;  // n_opt_exponent | d_opt_exponent | loss_at_target | n_opt_at_target | ...
  double a = 0, b = 0, difference = 0;
  Interval difference_ci;
  double probability_differ = 0;  // 1 - two-sided bootstrap p of "no difference"
};

// Envelope of training curves (approach 1).
struct CurvePoint {
  int run = 0;  // index into EnvelopeRuns
  double tokens = 0, flops = 0, loss = 0;
};
struct CurveRun {
  std::string run_id;
  double parameters = 0;
};
struct EnvelopePoint {
  double flops = 0, loss = 0, parameters = 0, tokens = 0;
  int run = 0;
};
struct EnvelopeFit {
  PowerLaw n_opt, d_opt, l_opt;
  std::vector<EnvelopePoint> points;  // lowest run at evenly spaced log C
  std::vector<ExcludedRun> excluded;
  std::vector<std::string> warnings;
  int runs_used = 0, runs_on_envelope = 0, resamples = 0;
  double confidence = 0;
  std::vector<double> draws;  // (ln k, a) of N, D, L: six numbers a draw, as Fit::draws
};

// An experiment that could be run next, and what it would do for a prediction.
struct CandidateExperiment {
  double parameters = 0, tokens = 0;
};
struct CandidateValue {
  size_t candidate = 0;
  double flops = 0;
  double sd_before = 0, sd_after = 0;  // of the predicted quantity (see NextGoal), delta method
  double shrinkage = 0;                // 1 - sd_after / sd_before
};

}  // namespace ff
