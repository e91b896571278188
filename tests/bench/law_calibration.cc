// Do 95 % intervals hold the truth 95 times in 100? Sweeps are drawn from a known loss surface
// with noise; each method's interval of N_opt's exponent is held against the true one.
// usage: law_calibration [sweeps = 500] [resamples = 1000] [surface|profiles|envelope|all]
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "server/scaling/envelope.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/run_screening.h"
#include "tests/server/scaling/planted_surface.h"

namespace ff::scaling {
namespace {

struct Estimate {
  double value = NAN;
  Interval interval;
};

struct Tally {
  int fitted = 0, held = 0;
  double sum = 0, squares = 0, width = 0;

  void Add(const Estimate& estimate, double truth) {
    if (!std::isfinite(estimate.value)) return;
    ++fitted;
    held += estimate.interval.low <= truth && truth <= estimate.interval.high;
    sum += estimate.value - truth;
    squares += (estimate.value - truth) * (estimate.value - truth);
    width += estimate.interval.high - estimate.interval.low;
  }
  void Print(const std::string& name, int sweeps) const {
    if (fitted == 0) {
      std::printf("%-28s none of %d could be fitted\n", name.c_str(), sweeps);
      return;
    }
    const double bias = sum / fitted;
    std::printf(
        "%-28s %4d/%d fitted   coverage %5.1f %%   bias %+.4f   rms error %.4f   width %.4f\n",
        name.c_str(), fitted, sweeps, 100.0 * held / fitted, bias, std::sqrt(squares / fitted),
        width / fitted);
  }
};

Estimate Surface(const RunTable& table, LossFunction loss, int resamples, uint64_t seed,
                 Estimate* alpha, Estimate* beta) {
  LawOptions options;
  options.loss = loss;
  options.resamples = resamples;
  options.seed = seed;
  options.grid = false;
  const auto fit = FitLaw(table, options);
  if (!fit.ok()) return {};
  *alpha = {fit->parameters[3].value, fit->parameters[3].ci};
  *beta = {fit->parameters[4].value, fit->parameters[4].ci};
  return {fit->n_opt_exponent, fit->n_opt_exponent_ci};
}

Estimate Profiles(const RunTable& table, const std::string& method, int resamples, uint64_t seed) {
  AnalysisOptions options;
  options.method = method;
  options.resamples = resamples;
  options.seed = seed;
  const auto fit = AnalyzeIsoflop(RunPoints(table, GroupBudgets(table)), options);
  if (!fit.ok()) return {};
  return {fit->n_opt.exponent_a, fit->n_opt.a_ci};
}

// Twelve runs whose curves lie on the surface, with a run's own offset and a step's noise.
Estimate Envelope(const PlantedSurface& law, uint64_t seed, int resamples) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> noise(0, 1);
  std::vector<CurveRun> runs;
  std::vector<CurvePoint> points;
  for (int r = 0; r < 12; ++r) {
    const double n = 3e8 * std::pow(1.5, r), offset = law.noise_sd * noise(random);
    runs.push_back({absl::StrCat("r", r), n});
    for (int i = 0; i < 200; ++i) {
      const double d = n * 0.5 * std::pow(2000, i / 199.0);
      points.push_back({r, d, 6 * n * d,
                        LossOf(law, n, d) * std::exp(offset + 0.2 * law.noise_sd * noise(random))});
    }
  }
  EnvelopeOptions options;
  options.resamples = resamples;
  options.seed = seed;
  const auto fit = FitEnvelope(runs, points, options);
  if (!fit.ok()) return {};
  return {fit->n_opt.exponent_a, fit->n_opt.a_ci};
}

void Calibrate(const PlantedSurface& law, int sweeps, int resamples, const std::string& what) {
  const auto wanted = [&what](const char* name) { return what == "all" || what == name; };
  const double truth = law.beta / (law.alpha + law.beta);
  std::printf(
      "%d budgets a factor %g apart, %d sizes over a factor %g, noise of ln L %g; true "
      "exponent %.4f\n",
      law.budgets, law.factor, law.sizes, law.width, law.noise_sd, truth);
  const LossFunction losses[] = {LossFunction::kHuber, LossFunction::kLogSquares,
                                 LossFunction::kLad};
  Tally surface[3], alphas[3], betas[3];
  const std::vector<std::string> methods = {"quadratic", "akima", "cubic", "empirical"};
  std::vector<Tally> profiles(methods.size());
  Tally envelope;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    const uint64_t seed = 1000 + sweep;
    const RunTable table = PlantedTable(law, seed);
    for (int l = 0; l < 3 && wanted("surface"); ++l) {
      Estimate alpha, beta;
      surface[l].Add(Surface(table, losses[l], resamples, seed, &alpha, &beta), truth);
      alphas[l].Add(alpha, law.alpha);
      betas[l].Add(beta, law.beta);
    }
    for (size_t m = 0; m < methods.size() && wanted("profiles"); ++m) {
      profiles[m].Add(Profiles(table, methods[m], resamples, seed), truth);
    }
    if (wanted("envelope")) envelope.Add(Envelope(law, seed, std::min(resamples, 400)), truth);
  }
  for (int l = 0; l < 3 && wanted("surface"); ++l) {
    const std::string name = "surface, " + LossFunctionName(losses[l]);
    surface[l].Print(name, sweeps);
    alphas[l].Print("  alpha", sweeps);
    betas[l].Print("  beta", sweeps);
  }
  for (size_t m = 0; m < methods.size() && wanted("profiles"); ++m) {
    profiles[m].Print("profiles, " + methods[m], sweeps);
  }
  if (wanted("envelope")) envelope.Print("envelope", sweeps);
}

}  // namespace
}  // namespace ff::scaling

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const int sweeps = argc > 1 ? std::atoi(argv[1]) : 500;
  const int resamples = argc > 2 ? std::atoi(argv[2]) : 1000;
  const std::string what = argc > 3 ? argv[3] : "all";
  if (sweeps < 1 || resamples < 1 ||
      (what != "all" && what != "surface" && what != "profiles" && what != "envelope")) {
    std::fprintf(stderr,
                 "usage: law_calibration [sweeps] [resamples] [surface|profiles|envelope|all]\n");
    return 2;
  }
  ff::scaling::PlantedSurface law;
  ff::scaling::Calibrate(law, sweeps, resamples, what);
  law.width = 300;
  ff::scaling::Calibrate(law, sweeps, resamples, what);
  return 0;
}
