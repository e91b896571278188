// A fitted power law as points to draw: the line and its band from the bootstrap draws.
// Pure; thread-safe.
#pragma once

#include <vector>

#include "server/domain/fit.h"

namespace ff::figures {

enum class Law { kModelSize = 0, kTokens = 1, kLoss = 2 };  // the order of Fit::draws

struct LawCurve {
  std::vector<double> compute, value;
  std::vector<double> low, high;  // empty without draws; percentiles at fit.confidence
};

// Log-spaced from `from` to `to` FLOP, both positive.
LawCurve CurveOf(const Fit& fit, Law law, double from, double to);

// D/N of the two laws, with the band of their draws taken together.
LawCurve RatioCurveOf(const Fit& fit, double from, double to);

const PowerLaw& LawOf(const Fit& fit, Law law);

}  // namespace ff::figures
