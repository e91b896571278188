#include "server/analysis/curves_of.h"

#include <string>
#include <unordered_set>

namespace ff::analysis {

Curves CurvesOf(const RunTable& runs, const Curves& all) {
  Curves kept;
  if (all.runs.empty()) return kept;
  const std::unordered_set<std::string> ids(runs.run_id.begin(), runs.run_id.end());
  std::vector<int> place(all.runs.size(), -1);
  for (size_t i = 0; i < all.runs.size(); ++i) {
    if (ids.count(all.runs[i].run_id) == 0) continue;
    place[i] = static_cast<int>(kept.runs.size());
    kept.runs.push_back(all.runs[i]);
  }
  for (const CurvePoint& point : all.points) {
    const int run = place[static_cast<size_t>(point.run)];
    if (run >= 0) kept.points.push_back({run, point.tokens, point.flops, point.loss});
  }
  return kept;
}

}  // namespace ff::analysis
