// Fewer points of a curve, for figures and fits of many: evenly chosen, without a bias. Pure.
#pragma once

#include <vector>

#include "server/domain/experiment.h"

namespace ff::coordinator {

// At most `max_points` of each kind, evenly chosen, the first and the last among them;
// by kind, then step. 0: all.
std::vector<Measurement> Thin(std::vector<Measurement> all, int max_points);

}  // namespace ff::coordinator
