#include "server/scaling/profile_redraw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "server/scaling/smooth_profile.h"
#include "server/scaling/valley.h"

namespace ff::scaling {
namespace {

// Above so many runs of a budget the draws of its parabola come from their normal limit.
constexpr size_t kMostDrawnRuns = 1000;

// In [0, 1). The standard distributions differ between libraries; this does not.
double RandomFraction(std::mt19937_64* random) {
  return static_cast<double>((*random)() >> 11) * 0x1.0p-53;
}

// The bias of scaling a 53-bit fraction is below 1e-14 for any number of runs.
size_t RandomIndex(size_t count, std::mt19937_64* random) {
  return static_cast<size_t>(RandomFraction(random) * static_cast<double>(count));
}

// Two independent standard normal values (Box and Muller 1958).
std::pair<double, double> RandomNormals(std::mt19937_64* random) {
  const double radius = std::sqrt(-2 * std::log1p(-RandomFraction(random)));
  const double angle = 2 * std::numbers::pi * RandomFraction(random);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

using Parabola = std::array<double, 3>;

// What a sum of so many independent draws does to the coefficients is normal, with the covariance
// that drawing has: variance of the residuals times solve solve'. Costs nothing a run.
class NormalLimit {
 public:
  NormalLimit(const ParabolaBasis& basis, const std::vector<double>& residuals) {
    double variance = 0;
    for (const double residual : residuals) {
      variance += residual * residual / static_cast<double>(residuals.size());
    }
    for (int i = 0; i < 3; ++i) {  // Cholesky, row by row
      for (int j = 0; j <= i; ++j) {
        double sum = 0;
        for (size_t k = 0; k < residuals.size(); ++k) sum += basis.solve[i][k] * basis.solve[j][k];
        sum *= variance;
        for (int k = 0; k < j; ++k) sum -= root_[i][k] * root_[j][k];
        if (i == j) root_[i][i] = std::sqrt(std::max(0.0, sum));
        if (i != j) root_[i][j] = root_[j][j] > 0 ? sum / root_[j][j] : 0;
      }
    }
  }
  void Add(std::mt19937_64* random, Parabola* coefficients) const {
    const auto [a, b] = RandomNormals(random);
    const auto [c, unused] = RandomNormals(random);
    const double z[] = {a, b, c};
    for (int i = 0; i < 3; ++i) {
      for (int j = 0; j <= i; ++j) (*coefficients)[i] += root_[i][j] * z[j];
    }
  }

 private:
  std::array<std::array<double, 3>, 3> root_{};
};

class RedrawResiduals : public ProfileRedraw {
 public:
  explicit RedrawResiduals(const Profile& profile) : basis_(MakeBasis(profile.runs)) {
    std::vector<double> losses, log_tokens;
    for (const RunPoint& run : profile.runs) {
      losses.push_back(run.loss);
      log_tokens.push_back(std::log(run.tokens));
    }
    log_tokens_ = FitParabola(basis_, log_tokens);
    parabola_ = FitParabola(basis_, losses);
    double mean = 0;
    for (size_t i = 0; i < losses.size(); ++i) {
      fitted_.push_back(Evaluate(parabola_, basis_.x[i]));
      const double freedom = 1 - basis_.leverage[i];
      // Leverage 1: the parabola must pass through the point, its residual says nothing.
      const double residual = losses[i] - fitted_[i];
      residuals_.push_back(freedom > 1e-9 ? residual / std::sqrt(freedom) : 0);
      mean += residuals_.back() / static_cast<double>(losses.size());
    }
    for (double& residual : residuals_) residual -= mean;
    redrawn_.resize(losses.size());
    if (losses.size() > kMostDrawnRuns) limit_.emplace(basis_, residuals_);
  }

  bool Draw(std::mt19937_64* random, DrawnOptimum* optimum) override {
    const Parabola c = Redrawn(random);
    const double vertex = -c[1] / (2 * c[2]);
    const double loss = Evaluate(c, vertex);
    if (!(c[2] > 0) || vertex <= basis_.x.front() || vertex >= basis_.x.back() || !(loss > 0)) {
      return false;
    }
    *optimum = {std::exp(basis_.centre + vertex), std::exp(Evaluate(log_tokens_, vertex)), loss};
    return true;
  }

 private:
  Parabola Redrawn(std::mt19937_64* random) {
    if (limit_) {
      Parabola moved = parabola_;
      limit_->Add(random, &moved);
      return moved;
    }
    for (size_t i = 0; i < fitted_.size(); ++i) {
      redrawn_[i] = fitted_[i] + residuals_[RandomIndex(residuals_.size(), random)];
    }
    return FitParabola(basis_, redrawn_);
  }

  const ParabolaBasis basis_;
  Parabola log_tokens_, parabola_;
  std::vector<double> fitted_, residuals_, redrawn_;
  std::optional<NormalLimit> limit_;  // for many runs
};

// The methods that go through their points leave no residuals of their own: those of the valley
// are drawn. A draw's optimum is the method's own, moved by how far the draw lies from what the
// method makes of the valley without noise, so that draws spread round the estimate as estimates
// spread round the truth.
class RedrawValley : public ProfileRedraw {
 public:
  RedrawValley(const Profile& profile, std::string method)
      : method_(std::move(method)), runs_(profile.runs) {
    std::vector<double> log_sizes, losses;
    for (const RunPoint& run : runs_) {
      log_sizes.push_back(std::log(run.parameters));
      losses.push_back(run.loss);
    }
    const Valley valley = FitValley(log_sizes, losses);
    const auto own = Lowest();
    valley_losses_ = valley.fitted;
    double mean = 0;
    for (size_t i = 0; i < runs_.size(); ++i) {
      const double freedom = 1 - valley.leverage[i];
      residuals_.push_back(freedom > 1e-9 ? (runs_[i].loss - valley_losses_[i]) / std::sqrt(freedom)
                                          : 0);
      mean += residuals_.back() / static_cast<double>(runs_.size());
    }
    for (size_t i = 0; i < runs_.size(); ++i) {
      residuals_[i] -= mean;
      runs_[i].loss = valley_losses_[i];
    }
    // A valley whose own lowest point lies at an end says nothing of the method's bias.
    const auto without_noise = Lowest();
    if (own && without_noise) {
      shift_ = {own->size / without_noise->size, own->tokens / without_noise->tokens,
                own->loss / without_noise->loss};
    }
  }

  bool Draw(std::mt19937_64* random, DrawnOptimum* optimum) override {
    for (size_t i = 0; i < runs_.size(); ++i) {
      runs_[i].loss = valley_losses_[i] + residuals_[RandomIndex(residuals_.size(), random)];
      if (!(runs_[i].loss > 0)) return false;
    }
    auto lowest = Lowest();
    if (!lowest) return false;
    if (method_ == "empirical") MoveTowardsNeighbour(RandomFraction(random) - 0.5, &*lowest);
    *optimum = {lowest->size * shift_.size, lowest->tokens * shift_.tokens,
                lowest->loss * shift_.loss};
    return true;
  }

 private:
  std::optional<DrawnOptimum> Lowest() const {
    if (method_ == "empirical") {
      const RunPoint& run =
          *std::min_element(runs_.begin(), runs_.end(),
                            [](const RunPoint& a, const RunPoint& b) { return a.loss < b.loss; });
      return DrawnOptimum{run.parameters, run.tokens, run.loss};
    }
    const auto point = SmoothLowest(runs_, method_ == "akima" ? Smooth::kAkima : Smooth::kCubic);
    if (!point) return std::nullopt;
    return DrawnOptimum{point->size, point->tokens, point->loss};
  }

  // The lowest of the sizes trained says only that the best is nearer to it than to the next ones:
  // it may lie anywhere up to half-way to them. `part`: of that gap, downwards where negative.
  void MoveTowardsNeighbour(double part, DrawnOptimum* lowest) const {
    const RunPoint* neighbour = nullptr;
    for (const RunPoint& run : runs_) {
      if (part < 0 && run.parameters < lowest->size) neighbour = &run;
      if (part > 0 && run.parameters > lowest->size && neighbour == nullptr) neighbour = &run;
    }
    if (neighbour == nullptr) return;
    lowest->size *= std::pow(neighbour->parameters / lowest->size, std::abs(part));
    lowest->tokens *= std::pow(neighbour->tokens / lowest->tokens, std::abs(part));
  }

  std::string method_;
  std::vector<RunPoint> runs_;
  std::vector<double> valley_losses_, residuals_;
  DrawnOptimum shift_{1, 1, 1};
};

}  // namespace

std::unique_ptr<ProfileRedraw> MakeRedraw(const Profile& profile, const std::string& method) {
  if (method == "quadratic") return std::make_unique<RedrawResiduals>(profile);
  return std::make_unique<RedrawValley>(profile, method);
}

}  // namespace ff::scaling
