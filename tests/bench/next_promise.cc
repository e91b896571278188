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
  LawOptions options;
  options.resamples = resamples;
  options.grid = false;
  const auto law = FitLaw(runs, options);
  if (!law.ok()) return {};
  const auto at = PredictLaw(*law, kTarget);
  if (!at.ok() || !(at->params_ci.low > 0)) return {};
  return {std::log(at->optimal_params), std::log(at->params_ci.high / at->params_ci.low)};
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
  void Print(const char* name, double added) const {
    std::printf("%-37s %4.1f runs  interval +-%4.1f %%, %.3f of that before   rms error %.4f\n",
                name, added, 100 * std::expm1(Mean(widths) / 2), Mean(ratios),
                std::sqrt(squares / static_cast<double>(ratios.size())));
  }
};

// Ways to spend the compute of what was proposed.
enum Way { kProposed, kCheap, kRandom, kRandomFew, kCentral, kWays };
constexpr const char* kNames[kWays] = {
    "what is proposed", "as much, by --cost-power 1", "as much, sizes and budgets at random",
    "as many runs at random", "as much at the largest budget's best"};

class Sweep {
 public:
  Sweep(const SweepSpec& spec, const IsoflopPlan& plan, uint64_t seed)
      : spec_(spec), trainer_(seed) {
    for (const PlannedExperiment& e : plan.experiments) {
      ids_.insert(ExperimentId(e.plan));
      Train(e, &runs_);
    }
    LawOptions options;
    options.resamples = 0;
    options.grid = false;
    const auto law = FitLaw(runs_, options);
    if (!law.ok()) return;
    law_ = *law;
    next_ = ChooseNextPlan(spec_, runs_, law_, ids_, Request(kCount, 0));
  }

  bool ok() const { return next_.ok() && next_->sd_before > 0; }
  const NextChoices& next() const { return *next_; }
  const RunTable& runs() const { return runs_; }

  // The runs with those that a way adds.
  RunTable With(Way way) {
    RunTable runs = runs_;
    double spent = 0;
    for (const NextChoice& choice : next_->chosen) {
      spent += choice.planned.plan.flops;
      if (way == kProposed) Train(choice.planned, &runs);
    }
    if (way == kCheap) {
      const auto cheap = ChooseNextPlan(spec_, runs_, law_, ids_, Request(60, 1));
      for (const NextChoice& choice : cheap->chosen) {
        if (choice.planned.plan.flops > spent) continue;
        spent -= choice.planned.plan.flops;
        Train(choice.planned, &runs);
      }
    }
    if (way == kRandom) {
      while (spent > 1.01e12) {
        const double most = std::log10(std::min(spent, 1e14));
        spent -= AtRandom(std::pow(10, trainer_.Between(12, most)), &runs);
      }
    }
    for (int i = 0; way == kRandomFew && i < kCount; ++i) {
      AtRandom(std::pow(10, trainer_.Between(12, 14)), &runs);
    }
    const int largest = std::max(1, static_cast<int>(std::lround(spent / 1e14)));
    for (int i = 0; way == kCentral && i < largest; ++i) {
      const double n = Best(1e14) * std::exp2(0.5 * (i - 0.5 * (largest - 1)));
      trainer_.Train(n, 1e14 / (6 * n), 1e14, &runs);
    }
    return runs;
  }

 private:
  static NextRequest Request(int count, double cost_power) {
    return {NextGoal::kSizeAtTarget, kTarget, count, cost_power, 1e14};
  }
  void Train(const PlannedExperiment& e, RunTable* runs) {
    trainer_.Train(static_cast<double>(e.plan.parameters), static_cast<double>(e.plan.tokens),
                   e.budget_flops, runs);
  }
  double Best(double budget) const { return PredictLaw(law_, budget)->optimal_params; }
  double AtRandom(double budget, RunTable* runs) {
    const double n = Best(budget) * std::exp2(trainer_.Between(-3, 3));
    trainer_.Train(n, budget / (6 * n), budget, runs);
    return budget;
  }

  const SweepSpec& spec_;
  Trainer trainer_;
  RunTable runs_;
  std::set<std::string> ids_;
  LawFit law_;
  absl::StatusOr<NextChoices> next_ = absl::UnknownError("no law");
};

int Run(int sweeps, int resamples) {
  const SweepSpec spec = Spec();
  const auto plan = PlanIsoflopSweep(spec);
  if (!plan.ok()) return 1;
  Tally before, after[kWays];
  std::vector<double> promised, promised_before, added[kWays];
  for (int i = 0; i < sweeps; ++i) {
    Sweep sweep(spec, *plan, 1000 + static_cast<uint64_t>(i));
    if (!sweep.ok()) continue;
    const Known first = Ask(sweep.runs(), resamples);
    if (std::isnan(first.width)) continue;
    before.Add(first, first);
    promised.push_back(sweep.next().sd_after / sweep.next().sd_before);
    promised_before.push_back(2 * 1.96 * sweep.next().sd_before);
    for (int way = 0; way < kWays; ++way) {
      const RunTable more = sweep.With(static_cast<Way>(way));
      const Known then = Ask(more, resamples);
      if (std::isnan(then.width)) continue;
      after[way].Add(first, then);
      added[way].push_back(static_cast<double>(more.size() - sweep.runs().size()));
    }
  }
  std::printf("%zu of %d sweeps of %zu runs; best size at %g FLOP, %d experiments asked for\n",
              promised.size(), sweeps, plan->experiments.size(), kTarget, kCount);
  std::printf("promised: interval +-%.1f %% before, %.3f of it after\n",
              100 * std::expm1(Tally::Mean(promised_before) / 2), Tally::Mean(promised));
  before.Print("before", 0);
  for (int way = 0; way < kWays; ++way) after[way].Print(kNames[way], Tally::Mean(added[way]));
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
