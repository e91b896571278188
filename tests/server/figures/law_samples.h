// A law of known parameters with everything that figures draw of it: runs, draws, residuals,
// backtest, training curves. Seeded; the numbers are those of a Chinchilla-like sweep.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "server/domain/law_fit.h"
#include "server/domain/run_table.h"
#include "server/figures/law_figures.h"

namespace ff::figures {

inline constexpr double kE = 1.8172, kA = 477.8, kB = 2143, kAlpha = 0.3473, kBeta = 0.3672;

inline double LossOf(double n, double d) {
  return kE + kA / std::pow(n, kAlpha) + kB / std::pow(d, kBeta);
}

// Nine budgets from 6e18 to 3e21, fourteen sizes each; `noise` of ln L; run 17 is far off.
inline RunTable SampleRuns(double noise = 0.004) {
  std::mt19937 random(7);
  std::normal_distribution<double> gauss(0, 1);
  RunTable runs;
  for (int b = 0; b < 9; ++b) {
    const double c = 6e18 * std::pow(500.0, b / 8.0);
    const double best = 0.1 * std::sqrt(c);
    for (int i = 0; i < 14; ++i) {
      const double n = best * std::pow(30.0, i / 13.0 - 0.5), d = c / (6 * n);
      const bool odd = runs.size() == 17;
      runs.run_id.push_back("r" + std::to_string(runs.size()));
      runs.parameters.push_back(n);
      runs.tokens.push_back(d);
      runs.compute.push_back(c);
      runs.budget.push_back(c);
      runs.loss.push_back(LossOf(n, d) * std::exp(noise * (odd ? 7 : gauss(random))));
    }
  }
  return runs;
}

inline LawFit SampleLaw(int resamples = 1500) {
  LawFit fit;
  fit.family = LawFamily::kHoffmann;
  fit.huber_delta = 1e-3;
  fit.parameters = {{"e", kE, 0.0257, {1.769, 1.871}},
                    {"a", kA, 124.5, {285, 744}},
                    {"b", kB, 1293, {1042, 5810}},
                    {"alpha", kAlpha, 0.0154, {0.317, 0.373}},
                    {"beta", kBeta, 0.0206, {0.331, 0.415}}};
  fit.objective = 0.00101827;
  fit.r_squared = 0.9978;
  fit.noise_sd = 0.004;
  fit.n_opt_exponent = kBeta / (kAlpha + kBeta);
  fit.d_opt_exponent = 1 - fit.n_opt_exponent;
  fit.n_opt_exponent_ci = {0.482, 0.546};
  fit.d_opt_exponent_ci = {0.454, 0.518};
  fit.runs = 126;
  fit.smallest_compute = 6e18;
  fit.largest_compute = 3e21;
  fit.confidence = 0.95;
  fit.resamples = resamples;
  std::mt19937 random(3);
  std::normal_distribution<double> gauss(0, 1);
  for (int i = 0; i < resamples; ++i) {
    const double u = gauss(random), v = gauss(random);
    const double alpha = kAlpha + 0.0154 * u, beta = kBeta + 0.0206 * (0.3 * u + 0.95 * v);
    for (const double value :
         {kE + 0.02 * u, kA * std::exp(0.25 * u), kB * std::exp(0.4 * v), alpha, beta}) {
      fit.draws.push_back(value);
    }
  }
  return fit;
}

inline std::vector<LawBandPoint> SampleBand(double scale = 1, double exponent = 0.514) {
  std::vector<LawBandPoint> band;
  for (int i = 0; i < 40; ++i) {
    LawBandPoint point;
    point.compute = 1e18 * std::pow(1e6, i / 39.0);
    const double away = 0.06 + 0.03 * std::abs(std::log10(point.compute / 1e20));
    const double n = scale * 0.055 * std::pow(point.compute, exponent);
    const double d = point.compute / (6 * n);
    const double l = LossOf(n, d);
    point.at = {point.compute,
                n,
                d,
                l,
                d / n,
                {n * (1 - away), n * (1 + away)},
                {d * (1 - away), d * (1 + away)},
                {l * (1 - away / 8), l * (1 + away / 8)},
                point.compute / 3e21};
    band.push_back(point);
  }
  return band;
}

inline LossSurface SampleSurface() {
  LossSurface surface;
  for (int i = 0; i < 60; ++i) surface.compute.push_back(3e18 * std::pow(2000.0, i / 59.0));
  for (int i = 0; i < 50; ++i) surface.parameters.push_back(3e7 * std::pow(1500.0, i / 49.0));
  for (const double n : surface.parameters) {
    for (const double c : surface.compute) surface.loss.push_back(LossOf(n, c / (6 * n)));
  }
  return surface;
}

inline Residuals SampleResiduals(const RunTable& runs) {
  Residuals residuals;
  for (size_t i = 0; i < runs.size(); ++i) {
    const double predicted = LossOf(runs.parameters[i], runs.tokens[i]);
    const double residual = std::log(runs.loss[i] / predicted);
    residuals.runs.push_back({i, predicted, residual, residual / 0.004, 0});
    if (std::abs(residual) > 0.016) {
      residuals.outliers.push_back({runs.run_id[i], "7.0 sd above the law"});
    }
  }
  std::vector<size_t> order(runs.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return residuals.runs[a].residual < residuals.runs[b].residual;
  });
  for (size_t i = 0; i < order.size(); ++i) {
    const double p = (static_cast<double>(i) + 0.5) / static_cast<double>(order.size());
    // Logistic approximation of the normal quantile: enough to be drawn.
    residuals.runs[order[i]].normal_quantile = std::log(p / (1 - p)) / 1.702;
  }
  residuals.trends = {{"ln N", 0.0002, 0.6}, {"ln D", -0.0006, -1.4}, {"ln C", -0.0002, -0.5}};
  residuals.skewness = 0.9;
  residuals.excess_kurtosis = 4.1;
  return residuals;
}

inline std::vector<BacktestPoint> SampleBacktest() {
  BacktestPoint one{1, 112, 14, 1.4e21, 3e21, 0.0041, 0.0012, 0.011, 0.93, 0.512, ""};
  BacktestPoint two{2, 98, 28, 6.3e20, 3e21, 0.0052, 0.0020, 0.014, 0.89, 0.509, ""};
  BacktestPoint three{3, 84, 42, 2.9e20, 3e21, 0.0079, 0.0051, 0.019, 0.81, 0.498, ""};
  return {one, two, three};
}

inline std::vector<LossCurve> SampleCurves() {
  std::mt19937 random(5);
  std::normal_distribution<double> gauss(0, 1);
  std::vector<LossCurve> curves;
  for (int i = 0; i < 12; ++i) {
    const double n = 2e7 * std::pow(200.0, i / 11.0), c = 1.2e17 * std::pow(n / 2e7, 2);
    LossCurve curve{"e" + std::to_string(i), c, n, {}};
    for (int step = 1; step <= 400; ++step) {
      Measurement m;
      m.kind = "train";
      m.step = step;
      m.flops = c * step / 400;
      m.tokens = static_cast<int64_t>(m.flops / (6 * n));
      m.loss = LossOf(n, static_cast<double>(m.tokens)) + 0.02 * gauss(random) +
               4 * std::exp(-step / 12.0);
      curve.measurements.push_back(m);
    }
    curves.push_back(curve);
  }
  return curves;
}

inline EnvelopeFit SampleEnvelope() {
  EnvelopeFit fit;
  fit.n_opt = {"N_opt", 0.07, 0.505, 0.99, {0.05, 0.1}, {0.48, 0.53}, ""};
  fit.d_opt = {"D_opt", 2.4, 0.495, 0.99, {1, 3}, {0.47, 0.52}, ""};
  fit.l_opt = {"L_opt", 30, -0.05, 0.99, {20, 40}, {-0.055, -0.045}, ""};
  for (int i = 0; i < 150; ++i) {
    const double c = 2e16 * std::pow(1e4, i / 149.0), n = 0.07 * std::pow(c, 0.505);
    fit.points.push_back({c, LossOf(n, c / (6 * n)), n, c / (6 * n), i / 12});
  }
  fit.runs_used = 12;
  fit.runs_on_envelope = 10;
  fit.confidence = 0.95;
  fit.resamples = 4000;
  return fit;
}

inline std::vector<LawComparison> SampleDifferences() {
  return {{"n_opt_exponent", 0.514, 0.497, 0.017, {-0.012, 0.046}, 0.74},
          {"loss_at_target", 1.953, 1.981, -0.028, {-0.044, -0.011}, 0.998},
          {"n_opt_at_target", 6.2e10, 4.1e10, 2.1e10, {0.9e10, 3.4e10}, 0.991}};
}

}  // namespace ff::figures
