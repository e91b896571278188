#include "server/coordinator/downsample.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace ff::coordinator {
namespace {

int64_t SpanWidth(int64_t steps, int64_t spans) {
  int64_t width = 1;
  while (width * spans < steps) width *= 2;
  return width;
}

// Of one span, in order of steps: its lowest, highest and last.
void KeepExtremes(const std::vector<Measurement>& points, size_t begin, size_t end,
                  std::vector<Measurement>* kept) {
  size_t lowest = begin, highest = begin;
  for (size_t i = begin; i < end; ++i) {
    // A loss that is not a number is the most extreme there is.
    if (points[i].loss < points[lowest].loss) lowest = i;
    if (std::isnan(points[i].loss) || points[i].loss > points[highest].loss) highest = i;
  }
  std::vector<size_t> chosen = {lowest, highest, end - 1};
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  for (const size_t i : chosen) kept->push_back(points[i]);
}

}  // namespace

std::vector<Measurement> Downsample(std::vector<Measurement> all, int64_t steps, int max_points) {
  std::map<std::string, std::vector<Measurement>> kinds;
  for (Measurement& m : all) kinds[m.kind].push_back(std::move(m));
  std::vector<Measurement> kept;
  for (auto& [kind, points] : kinds) {
    std::sort(points.begin(), points.end(),
              [](const Measurement& a, const Measurement& b) { return a.step < b.step; });
    const bool all_fit = max_points <= 0 || points.size() <= static_cast<size_t>(max_points);
    if (all_fit) {
      kept.insert(kept.end(), points.begin(), points.end());
      continue;
    }
    const int64_t spans = std::max(max_points / 3, 1);
    const int64_t width = SpanWidth(std::max(steps, points.back().step), spans);
    for (size_t begin = 0; begin < points.size();) {
      size_t end = begin;
      // Steps count from 1: the first span is 1 .. width.
      while (end < points.size() &&
             (points[end].step - 1) / width == (points[begin].step - 1) / width) {
        ++end;
      }
      KeepExtremes(points, begin, end, &kept);
      begin = end;
    }
  }
  return kept;
}

}  // namespace ff::coordinator
