// Which runs a profile is made of; the other half of isoflop_profile.h.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "server/scaling/isoflop_profile.h"

namespace ff::scaling {
namespace {

bool Usable(double value) { return std::isfinite(value) && value > 0; }

std::string WhyUnusable(const RunPoint& run) {
  if (!std::isfinite(run.loss)) return "no finite loss: the run failed, diverged or is not done";
  if (run.loss <= 0) return "loss is not positive";
  if (!Usable(run.parameters)) return "model size is not positive and finite";
  if (!Usable(run.tokens)) return "number of tokens is not positive and finite";
  if (!Usable(run.compute_budget)) return "compute budget is not positive and finite";
  return "";
}

}  // namespace

std::vector<Profile> MakeProfiles(absl::Span<const RunPoint> runs,
                                  std::vector<Exclusion>* exclusions) {
  std::map<double, Profile> by_budget;
  std::set<std::string> ids;
  std::set<std::tuple<double, double, double, double>> points;
  for (const RunPoint& run : runs) {
    std::string reason = WhyUnusable(run);
    if (reason.empty()) {
      const bool same_id = !run.experiment_id.empty() && !ids.insert(run.experiment_id).second;
      const bool same_point =
          !points.insert({run.compute_budget, run.parameters, run.tokens, run.loss}).second;
      if (same_id) reason = "duplicate: this experiment is already in the analysis";
      if (same_point && !same_id) reason = "duplicate: same size, tokens and loss as another run";
    }
    if (!reason.empty())
      exclusions->push_back({run.compute_budget, run.experiment_id, reason, false});
    if (!Usable(run.compute_budget)) continue;
    // A budget whose every run failed still gets its (empty) profile, so that it is named.
    Profile& profile = by_budget[run.compute_budget];
    profile.budget_index = run.budget_index;
    profile.compute_budget = run.compute_budget;
    if (reason.empty()) profile.runs.push_back(run);
  }
  std::vector<Profile> profiles;
  for (auto& [budget, profile] : by_budget) {
    std::stable_sort(
        profile.runs.begin(), profile.runs.end(),
        [](const RunPoint& a, const RunPoint& b) { return a.parameters < b.parameters; });
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace ff::scaling
