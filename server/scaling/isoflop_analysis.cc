#include "server/scaling/isoflop_analysis.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/scaling/bootstrap.h"
#include "server/scaling/fit_checks.h"
#include "server/scaling/input_digest.h"
#include "server/scaling/isoflop_profile.h"
#include "server/scaling/power_law.h"
#include "server/scaling/smooth_profile.h"

namespace ff::scaling {
namespace {

constexpr size_t kFewestBudgets = 3;

absl::Status CheckOptions(const AnalysisOptions& options) {
  if (options.method != "quadratic" && options.method != "empirical" && options.method != "akima" &&
      options.method != "cubic") {
    return absl::InvalidArgumentError(
        "fitting.method must be quadratic, empirical, akima or cubic, not '" + options.method +
        "'");
  }
  if (!(options.confidence > 0 && options.confidence < 1)) {
    return absl::InvalidArgumentError("bootstrap.confidence must lie between 0 and 1");
  }
  if (options.resamples < 0) {
    return absl::InvalidArgumentError("bootstrap.resamples must not be negative");
  }
  return absl::OkStatus();
}

OptimumOrReason FindOptimum(const Profile& profile, const std::string& method) {
  if (method == "quadratic") return QuadraticOptimum(profile);
  if (method == "akima") return SmoothOptimum(profile, Smooth::kAkima);
  if (method == "cubic") return SmoothOptimum(profile, Smooth::kCubic);
  return EmpiricalOptimum(profile);
}

// Moves each profile with an optimum to `used`, beside fit->optimal_points; the others'
// reasons become exclusions.
std::vector<Profile> FindOptima(std::vector<Profile> profiles, const AnalysisOptions& options,
                                Fit* fit) {
  std::vector<Profile> used;
  for (Profile& profile : profiles) {
    const OptimumOrReason found = FindOptimum(profile, options.method);
    if (!found.warning.empty()) {
      fit->warnings.push_back(
          absl::StrFormat("%.3g FLOP: %s", profile.compute_budget, found.warning));
    }
    if (!found.optimum) {
      fit->exclusions.push_back({profile.compute_budget, "", found.reason, found.at_edge});
      continue;
    }
    fit->optimal_points.push_back(*found.optimum);
    used.push_back(std::move(profile));
  }
  return used;
}

std::vector<Profile> KeepMonotonic(std::vector<Profile> profiles, Fit* fit) {
  const std::vector<size_t> kept = MonotonicPoints(fit->optimal_points);
  std::vector<OptimalPoint> points;
  std::vector<Profile> used;
  size_t next = 0;
  for (size_t i = 0; i < profiles.size(); ++i) {
    if (next < kept.size() && kept[next] == i) {
      ++next;
      points.push_back(fit->optimal_points[i]);
      used.push_back(std::move(profiles[i]));
      continue;
    }
    fit->exclusions.push_back({profiles[i].compute_budget, "",
                               "best size does not grow with compute here "
                               "(fitting.enforce_monotonic leaves it out)",
                               false});
  }
  fit->optimal_points = std::move(points);
  return used;
}

absl::Status TooFewBudgets(const Fit& fit, size_t budgets) {
  std::string message = absl::StrFormat(
      "a law needs %d budgets with a usable optimum; here are %d of %d:", kFewestBudgets,
      fit.optimal_points.size(), budgets);
  for (const Exclusion& exclusion : fit.exclusions) {
    if (!exclusion.experiment_id.empty()) continue;
    absl::StrAppendFormat(&message, "\n  %.3g FLOP: %s", exclusion.compute_budget,
                          exclusion.reason);
  }
  for (const OptimalPoint& point : fit.optimal_points) {
    absl::StrAppendFormat(&message, "\n  %.3g FLOP: usable", point.compute_budget);
  }
  return absl::FailedPreconditionError(message);
}

absl::Status FitLaws(bool robust, Fit* fit) {
  std::vector<double> compute, sizes, tokens, losses, ratios;
  for (const OptimalPoint& point : fit->optimal_points) {
    compute.push_back(point.compute_budget);
    sizes.push_back(point.model_size);
    tokens.push_back(point.num_tokens);
    losses.push_back(point.final_loss);
    ratios.push_back(point.num_tokens / point.model_size);
  }
  auto n_opt = FitPowerLaw("N_opt", compute, sizes, robust);
  if (!n_opt.ok()) return n_opt.status();
  auto d_opt = FitPowerLaw("D_opt", compute, tokens, robust);
  if (!d_opt.ok()) return d_opt.status();
  auto l_opt = FitPowerLaw("L_opt", compute, losses, robust);
  if (!l_opt.ok()) return l_opt.status();
  fit->n_opt = *std::move(n_opt);
  fit->d_opt = *std::move(d_opt);
  fit->l_opt = *std::move(l_opt);
  fit->optimal_ratio = Median(std::move(ratios));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Fit> AnalyzeIsoflop(absl::Span<const RunPoint> runs,
                                   const AnalysisOptions& options) {
  if (absl::Status status = CheckOptions(options); !status.ok()) return status;
  Fit fit;
  fit.method = options.method;
  fit.loss_kind = options.loss_kind;
  fit.confidence = options.confidence;
  std::vector<Profile> profiles = MakeProfiles(runs, &fit.exclusions);
  const size_t budgets = profiles.size();
  profiles = FindOptima(std::move(profiles), options, &fit);
  if (options.enforce_monotonic) profiles = KeepMonotonic(std::move(profiles), &fit);
  if (profiles.size() < kFewestBudgets) return TooFewBudgets(fit, budgets);
  if (absl::Status status = FitLaws(options.robust, &fit); !status.ok()) return status;
  AddBootstrap(profiles, options, &fit);
  AddChecks(options, &fit);
  fit.input_digest = InputDigest(profiles);
  for (const Profile& profile : profiles) fit.runs_used += static_cast<int>(profile.runs.size());
  return fit;
}

}  // namespace ff::scaling
