// A curve for a page as wide as it is: the lowest, the highest and the last loss of each of some
// equal spans of steps, so that no spike and no drop disappears. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "server/domain/experiment.h"

namespace ff::coordinator {

// About `max_points` of each kind, by kind, then step; 0, or no more than there are: all. Spans are
// a power of two wide and begin at multiples of it, by `steps` that the whole curve will have: what
// comes later by cursor falls into the same spans, so that a page merges it into what it has.
std::vector<Measurement> Downsample(std::vector<Measurement> all, int64_t steps, int max_points);

}  // namespace ff::coordinator
