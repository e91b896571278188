#include "server/scaling/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "absl/strings/str_format.h"
#include "server/scaling/power_law.h"
#include "server/scaling/profile_redraw.h"

namespace ff::scaling {
namespace {

constexpr size_t kFewestBudgets = 3;
constexpr int kAttemptsPerDraw = 10;
constexpr double kOftenLost = 0.05;
// A method that goes through its points costs about 100 ns a run and draw.
constexpr double kMostRunsDrawn = 4e8;
constexpr int kFewestDraws = 20;

Line FitLine(const std::vector<double>& x, const std::vector<double>& y, bool robust) {
  return robust ? ReweightedHuberLine(x, y, HuberDelta(x, y)) : LeastSquaresLine(x, y);
}

// Everything drawn, in the order drawn.
struct Draws {
  std::vector<double> laws;                // six a draw, as Fit::draws
  std::vector<std::vector<double>> sizes;  // of each budget
  std::vector<int> lost;                   // of each budget: draws without a minimum
  int attempts = 0;
};

bool DrawOnce(const std::vector<std::unique_ptr<ProfileRedraw>>& budgets,
              const std::vector<double>& log_compute, bool robust, std::mt19937_64* random,
              Draws* out) {
  std::vector<double> x;
  std::array<std::vector<double>, 3> y;
  for (size_t i = 0; i < budgets.size(); ++i) {
    DrawnOptimum optimum;
    if (!budgets[i]->Draw(random, &optimum)) {
      ++out->lost[i];
      continue;
    }
    out->sizes[i].push_back(optimum.size);
    x.push_back(log_compute[i]);
    y[0].push_back(std::log(optimum.size));
    y[1].push_back(std::log(optimum.tokens));
    y[2].push_back(std::log(optimum.loss));
  }
  if (x.size() < kFewestBudgets) return false;
  for (const std::vector<double>& values : y) {
    const Line line = FitLine(x, values, robust);
    out->laws.push_back(line.intercept);
    out->laws.push_back(line.slope);
  }
  return true;
}

Draws DrawAll(const std::vector<Profile>& profiles, const AnalysisOptions& options) {
  std::vector<std::unique_ptr<ProfileRedraw>> budgets;
  std::vector<double> log_compute;
  for (const Profile& profile : profiles) {
    log_compute.push_back(std::log(profile.compute_budget));
    budgets.push_back(MakeRedraw(profile, options.method));
  }
  Draws draws;
  draws.sizes.resize(budgets.size());
  draws.lost.resize(budgets.size());
  std::mt19937_64 random(options.seed);
  const int most = kAttemptsPerDraw * options.resamples;
  for (int done = 0; done < options.resamples && draws.attempts < most; ++draws.attempts) {
    done += DrawOnce(budgets, log_compute, options.robust, &random, &draws);
  }
  return draws;
}

void SetLawIntervals(const std::vector<double>& draws, int law_index, double confidence,
                     PowerLaw* law) {
  std::vector<double> k, a;
  for (size_t i = 2 * law_index; i + 1 < draws.size(); i += 6) {
    k.push_back(std::exp(draws[i]));
    a.push_back(draws[i + 1]);
  }
  law->k_ci = PercentileInterval(std::move(k), confidence);
  law->a_ci = PercentileInterval(std::move(a), confidence);
}

int AffordableDraws(const std::vector<Profile>& profiles, const AnalysisOptions& options) {
  if (options.method == "quadratic") return options.resamples;
  double runs = 1;
  for (const Profile& profile : profiles) runs += static_cast<double>(profile.runs.size());
  return static_cast<int>(std::clamp(kMostRunsDrawn / runs,
                                     std::min<double>(kFewestDraws, options.resamples),
                                     static_cast<double>(options.resamples)));
}

}  // namespace

Interval PercentileInterval(std::vector<double> values, double confidence) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](double value) { return !std::isfinite(value); }),
               values.end());
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&values](double share) {
    const double position = share * static_cast<double>(values.size() - 1);
    const size_t below = static_cast<size_t>(position);
    const size_t above = std::min(below + 1, values.size() - 1);
    const double part = position - static_cast<double>(below);
    return values[below] + part * (values[above] - values[below]);
  };
  const double tail = (1 - confidence) / 2;
  return {at(tail), at(1 - tail)};
}

void AddBootstrap(const std::vector<Profile>& profiles, const AnalysisOptions& asked, Fit* fit) {
  if (asked.resamples <= 0) return;
  AnalysisOptions options = asked;
  options.resamples = AffordableDraws(profiles, asked);
  if (options.resamples < asked.resamples) {
    fit->warnings.push_back(absl::StrFormat(
        "intervals rest on %d of %d bootstrap draws: by %s each draw goes through every run; by "
        "quadratic all can be had",
        options.resamples, asked.resamples, asked.method));
  }
  Draws draws = DrawAll(profiles, options);
  fit->resamples = static_cast<int>(draws.laws.size() / 6);
  if (fit->resamples < options.resamples) {
    fit->warnings.push_back(absl::StrFormat(
        "intervals rest on %d of %d bootstrap draws: the others had minima in too few budgets",
        fit->resamples, options.resamples));
  }
  SetLawIntervals(draws.laws, 0, options.confidence, &fit->n_opt);
  SetLawIntervals(draws.laws, 1, options.confidence, &fit->d_opt);
  SetLawIntervals(draws.laws, 2, options.confidence, &fit->l_opt);
  for (size_t i = 0; i < fit->optimal_points.size(); ++i) {
    OptimalPoint& point = fit->optimal_points[i];
    point.model_size_ci = PercentileInterval(std::move(draws.sizes[i]), options.confidence);
    const double lost = static_cast<double>(draws.lost[i]) / draws.attempts;
    if (lost < kOftenLost) continue;
    fit->warnings.push_back(absl::StrFormat(
        "%.3g FLOP: %.0f %% of the bootstrap draws have no minimum inside the sizes measured; "
        "this optimum is uncertain",
        point.compute_budget, 100 * lost));
  }
  fit->draws = std::move(draws.laws);
}

}  // namespace ff::scaling
