#include "server/scaling/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <random>

#include "absl/strings/str_format.h"
#include "server/scaling/power_law.h"
#include "server/scaling/smooth_profile.h"

namespace ff::scaling {
namespace {

constexpr size_t kFewestBudgets = 3;
constexpr int kAttemptsPerDraw = 10;
constexpr double kOftenLost = 0.05;

using Generator = std::mt19937_64;

// The standard distributions differ between libraries; this does not. The bias of scaling a
// 53-bit fraction is below 1e-14 for any number of runs.
size_t RandomIndex(size_t count, Generator* random) {
  const double fraction = static_cast<double>((*random)() >> 11) * 0x1.0p-53;
  return static_cast<size_t>(fraction * static_cast<double>(count));
}

struct Optimum {
  double size = 0, tokens = 0, loss = 0;
};

// Gives the optimum of one redrawn budget; false: this draw has none.
class Redraw {
 public:
  virtual ~Redraw() = default;
  virtual bool Draw(Generator* random, Optimum* optimum) = 0;
};

class RedrawResiduals : public Redraw {
 public:
  explicit RedrawResiduals(const Profile& profile) : basis_(MakeBasis(profile.runs)) {
    std::vector<double> losses, log_tokens;
    for (const RunPoint& run : profile.runs) {
      losses.push_back(run.loss);
      log_tokens.push_back(std::log(run.tokens));
    }
    log_tokens_ = FitParabola(basis_, log_tokens);
    const auto fitted = FitParabola(basis_, losses);
    double mean = 0;
    for (size_t i = 0; i < losses.size(); ++i) {
      fitted_.push_back(Evaluate(fitted, basis_.x[i]));
      const double freedom = 1 - basis_.leverage[i];
      // Leverage 1: the parabola must pass through the point, its residual says nothing.
      const double residual = losses[i] - fitted_[i];
      residuals_.push_back(freedom > 1e-9 ? residual / std::sqrt(freedom) : 0);
      mean += residuals_.back() / static_cast<double>(losses.size());
    }
    for (double& residual : residuals_) residual -= mean;
    redrawn_.resize(losses.size());
  }

  bool Draw(Generator* random, Optimum* optimum) override {
    for (size_t i = 0; i < fitted_.size(); ++i) {
      redrawn_[i] = fitted_[i] + residuals_[RandomIndex(residuals_.size(), random)];
    }
    const auto c = FitParabola(basis_, redrawn_);
    const double vertex = -c[1] / (2 * c[2]);
    const double loss = Evaluate(c, vertex);
    if (!(c[2] > 0) || vertex <= basis_.x.front() || vertex >= basis_.x.back() || !(loss > 0)) {
      return false;
    }
    *optimum = {std::exp(basis_.centre + vertex), std::exp(Evaluate(log_tokens_, vertex)), loss};
    return true;
  }

 private:
  const ParabolaBasis basis_;
  std::array<double, 3> log_tokens_;
  std::vector<double> fitted_, residuals_, redrawn_;
};

class RedrawRuns : public Redraw {
 public:
  explicit RedrawRuns(const Profile& profile) : runs_(profile.runs) {}

  bool Draw(Generator* random, Optimum* optimum) override {
    const RunPoint* lowest = nullptr;
    for (size_t i = 0; i < runs_.size(); ++i) {
      const RunPoint& run = runs_[RandomIndex(runs_.size(), random)];
      if (lowest == nullptr || run.loss < lowest->loss) lowest = &run;
    }
    *optimum = {lowest->parameters, lowest->tokens, lowest->loss};
    return true;
  }

 private:
  const std::vector<RunPoint>& runs_;
};

// Curves through points leave no residuals: runs are drawn, and sizes drawn twice are one knot.
class RedrawKnots : public Redraw {
 public:
  RedrawKnots(const Profile& profile, Smooth kind) : runs_(profile.runs), kind_(kind) {}

  bool Draw(Generator* random, Optimum* optimum) override {
    std::vector<size_t> drawn(runs_.size());
    for (size_t& index : drawn) index = RandomIndex(runs_.size(), random);
    std::sort(drawn.begin(), drawn.end());
    std::vector<RunPoint> ascending;
    for (const size_t index : drawn) ascending.push_back(runs_[index]);
    const auto lowest = SmoothLowest(ascending, kind_);
    if (!lowest) return false;
    *optimum = {lowest->size, lowest->tokens, lowest->loss};
    return true;
  }

 private:
  const std::vector<RunPoint>& runs_;
  Smooth kind_;
};

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

bool DrawOnce(const std::vector<std::unique_ptr<Redraw>>& budgets,
              const std::vector<double>& log_compute, bool robust, Generator* random, Draws* out) {
  std::vector<double> x;
  std::array<std::vector<double>, 3> y;
  for (size_t i = 0; i < budgets.size(); ++i) {
    Optimum optimum;
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
  std::vector<std::unique_ptr<Redraw>> budgets;
  std::vector<double> log_compute;
  for (const Profile& profile : profiles) {
    log_compute.push_back(std::log(profile.compute_budget));
    if (options.method == "quadratic") {
      budgets.push_back(std::make_unique<RedrawResiduals>(profile));
    } else if (options.method != "empirical") {
      budgets.push_back(std::make_unique<RedrawKnots>(
          profile, options.method == "akima" ? Smooth::kAkima : Smooth::kCubic));
    } else {
      budgets.push_back(std::make_unique<RedrawRuns>(profile));
    }
  }
  Draws draws;
  draws.sizes.resize(budgets.size());
  draws.lost.resize(budgets.size());
  Generator random(options.seed);
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

void AddBootstrap(const std::vector<Profile>& profiles, const AnalysisOptions& options, Fit* fit) {
  if (options.resamples <= 0) return;
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
