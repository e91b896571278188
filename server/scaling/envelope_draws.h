// What an envelope is made of once its curves lie on one grid of ln C, and its intervals. The
// lowest of noisy curves is chosen for its noise, and near the ends of the sizes trained noise
// moves it inwards only: the law is flattened. How much is measured on curves like these, those of
// a loss surface fitted to them with offsets of whole runs drawn anew, and the intervals allow for
// it. Pure; thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "server/domain/law_fit.h"
#include "server/scaling/envelope.h"

namespace ff::scaling {

inline constexpr size_t kFewestSizes = 3;

// One run's loss on the common grid of ln C; NaN where it has none.
struct GriddedCurve {
  int run = 0;
  std::vector<double> loss, tokens;
};

// Lowest curve at each grid point. A point counts only where a smaller and a larger model were
// trained too: else the lowest is an edge.
std::vector<EnvelopePoint> LowestPoints(const std::vector<CurveRun>& runs,
                                        const std::vector<GriddedCurve>& curves,
                                        const std::vector<double>& grid, bool enforce_monotonic);

// Different sizes among them.
size_t SizesOf(const std::vector<EnvelopePoint>& points);

// Fills draws, resamples, confidence and the laws' intervals of `fit`, whose points and laws are
// in place. A draw is the law found, less how far the law of a simulated envelope lies from that
// of the surface's true optima. Warns of a bias that shows, and of curves that no surface fits:
// there are no intervals then.
void AddEnvelopeDraws(const std::vector<CurveRun>& runs, const std::vector<GriddedCurve>& curves,
                      const std::vector<double>& grid, const EnvelopeOptions& options,
                      EnvelopeFit* fit);

}  // namespace ff::scaling
