// Does `ffctl plan --next` keep its word? Sweeps are drawn from a known law with noise, the
// experiments proposed are drawn too, and the law is fitted again: the interval of the best size at
// ten times the largest budget before and after, against what was promised and against what as much
// compute does when it is spent otherwise.
// usage: next_promise [sweeps = 150] [resamples = 400]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/scaling/isoflop_plan.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/next_plan.h"
#include "tests/server/scaling/sweep_specs.h"

namespace ff::scaling {
namespace {

constexpr double kNoise = 0.005, kAlpha = 0.34, kBeta = 0.36, kA = 40, kB = 80, kTarget = 1e15;
constexpr int kCount = 4;

double BestSize(double compute) {
  const double g = std::pow(kAlpha * kA / (kBeta * kB), 1 / (kAlpha + kBeta));
  return g * std::pow(compute / 6, kBeta / (kAlpha + kBeta));
}

class Trainer {
 public:
  explicit Trainer(uint64_t seed) : random_(seed) {}

  void Train(double n, double d, double budget, RunTable* runs) {
    const double loss = 1.7 + kA / std::pow(n, kAlpha) + kB / std::pow(d, kBeta);
    runs->run_id.push_back(absl::StrCat("r", runs->size()));
    runs->parameters.push_back(n);
    runs->tokens.push_back(d);
    runs->compute.push_back(6 * n * d);
    runs->budget.push_back(budget);
    runs->loss.push_back(loss * std::exp(kNoise * noise_(random_)));
  }
  double Between(double low, double high) {
    return low + (high - low) * std::uniform_real_distribution<double>(0, 1)(random_);
  }

 private:
  std::mt19937_64 random_;
  std::normal_distribution<double> noise_{0, 1};
};

SweepSpec Spec() {
  SweepSpec spec = SoundSpec();
  const double exponent = kBeta / (kAlpha + kBeta);
  spec.prior = {"power_law", "", BestSize(1e13) / std::pow(1e13, exponent), exponent, ""};
  return spec;
}

// Of ln N_opt at the target.
struct Known {
  double value = NAN, width = NAN;
};
Known Ask(const RunTable& runs, int resamples) {
  const auto law = FitLaw(runs, {.resamples = resamples, .grid = false});
  if (!law.ok()) return {};
  const auto at = PredictLaw(*law, kTarget);
  if (!at.ok() || !(at->params_ci.low > 0)) return {};
  return {std::log(at->optimal_params),
          std::log(at->params_ci.high / at->params_ci.low)};
}

struct Tally {
  std::vector<double> ratios, widths;
  double squares = 0;
  int held = 0;

  void Add(const Known& before, const Known& after) {
    const double error = after.value - std::log(BestSize(kTarget));
    squares += error * error;
    widths.push_back(after.width);
    ratios.push_back(after.width / before.width);
  }
  static double Mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value / static_cast<double>(values.size());
    return sum;
  }
  void Print(const char* name) const {
    std::printf("%-34s interval +-%5.1f %%   of that before %.3f   rms error %.4f\n", name,
                100 * std::expm1(Mean(widths) / 2), Mean(ratios),
                std::sqrt(squares / static_cast<double>(ratios.size())));
  }
};

int Run(int sweeps, int resamples) {
  Tally before, proposed, random, central;
  std::vector<double> promised, promised_before;
  const SweepSpec spec = Spec();
  const auto plan = PlanIsoflopSweep(spec);
  if (!plan.ok()) return 1;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    Trainer trainer(1000 + static_cast<uint64_t>(sweep));
    RunTable runs;
    std::set<std::string> ids;
    for (const PlannedExperiment& e : plan->experiments) {
      ids.insert(ExperimentId(e.plan));
      trainer.Train(static_cast<double>(e.plan.parameters), static_cast<double>(e.plan.tokens),
                    e.budget_flops, &runs);
    }
    const auto law = FitLaw(runs, {.resamples = 0, .grid = false});
    if (!law.ok()) continue;
    const auto next = ChooseNextPlan(spec, runs, *law, ids,
                                     {.target_flops = kTarget, .count = kCount, .max_flops = 1e14});
    if (!next.ok()) continue;
    RunTable with_proposed = runs, with_random = runs, with_central = runs;
    double spent = 0;
    for (const NextChoice& choice : next->chosen) {
      const Plan& p = choice.planned.plan;
      trainer.Train(static_cast<double>(p.parameters), static_cast<double>(p.tokens),
                    choice.planned.budget_flops, &with_proposed);
      spent += p.flops;
    }
    const auto at = [&](double budget) { return PredictLaw(*law, budget)->optimal_params; };
    for (double left = spent; left > 1e12;) {
      const double budget = std::pow(10, trainer.Between(12, std::log10(std::min(left, 1e14))));
      const double n = at(budget) * std::exp2(trainer.Between(-3, 3));
      trainer.Train(n, budget / (6 * n), budget, &with_random);
      left -= budget;
    }
    const int central_runs = std::max(1, static_cast<int>(std::lround(spent / 1e14)));
    for (int i = 0; i < central_runs; ++i) {
      const double n = at(1e14) * std::exp2(0.5 * (i - 0.5 * (central_runs - 1)));
      trainer.Train(n, 1e14 / (6 * n), 1e14, &with_central);
    }
    const Known first = Ask(runs, resamples), second = Ask(with_proposed, resamples),
                third = Ask(with_random, resamples), fourth = Ask(with_central, resamples);
    if (std::isnan(first.width + second.width + third.width + fourth.width)) continue;
    before.Add(first, first);
    proposed.Add(first, second);
    random.Add(first, third);
    central.Add(first, fourth);
    promised.push_back(next->sd_after / next->sd_before);
    promised_before.push_back(2 * 1.96 * next->sd_before);
  }
  std::printf("%zu of %d sweeps of %zu runs; best size at %g FLOP; %d experiments proposed\n",
              promised.size(), sweeps, plan->experiments.size(), kTarget, kCount);
  std::printf("promised: interval +-%5.1f %%, of that before %.3f\n",
              100 * std::expm1(Tally::Mean(promised_before) / 2), Tally::Mean(promised));
  before.Print("before");
  proposed.Print("with what was proposed");
  random.Print("as much compute at random");
  central.Print("as much at the largest budget's best");
  return 0;
}

}  // namespace
}  // namespace ff::scaling

int main(int argc, char** argv) {
  const int sweeps = argc > 1 ? std::atoi(argv[1]) : 150;
  const int resamples = argc > 2 ? std::atoi(argv[2]) : 400;
  if (sweeps < 1 || resamples < 1) {
    std::fprintf(stderr, "usage: next_promise [sweeps] [resamples]\n");
    return 2;
  }
  return ff::scaling::Run(sweeps, resamples);
}
