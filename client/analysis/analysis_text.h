// An analysis as people read it: what was used, each approach's law with its intervals, what
// it was held against, predictions, and everything that was left out or assumed.
#pragma once

#include <string>

#include "client/print/table.h"
#include "client/session.h"
#include "ff/v1/analysis.pb.h"

namespace ff::client {

// Parameters and exponents of the surface: value, standard error, interval.
Table SurfaceTable(const v1::SurfaceFit& law);
Table BacktestTable(const v1::Fit& fit);
Table InfluenceTable(const v1::Fit& fit);

// "240 of 245 runs used", then each reason with how many runs and the first of them.
std::string RunsText(const v1::Fit& fit);

// Everything, to the session's standard output. `target`: a sentence about it at the end;
// may be null.
void PrintAnalysis(Session& session, const v1::Fit& fit, const v1::PredictResponse& predictions,
                   const v1::Prediction* target);

}  // namespace ff::client
