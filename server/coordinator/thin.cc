#include "server/coordinator/thin.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace ff::coordinator {

std::vector<Measurement> Thin(std::vector<Measurement> all, int max_points) {
  std::map<std::string, std::vector<Measurement>> kinds;
  for (Measurement& m : all) kinds[m.kind].push_back(std::move(m));
  std::vector<Measurement> kept;
  for (auto& [kind, points] : kinds) {
    std::sort(points.begin(), points.end(),
              [](const Measurement& a, const Measurement& b) { return a.step < b.step; });
    const size_t n = points.size();
    const size_t wanted = max_points <= 0 ? n : std::min(n, static_cast<size_t>(max_points));
    for (size_t i = 0; i < wanted; ++i) {
      // From the first to the last, both included.
      const size_t at = wanted == 1 ? n - 1 : i * (n - 1) / (wanted - 1);
      kept.push_back(points[at]);
    }
  }
  return kept;
}

}  // namespace ff::coordinator
