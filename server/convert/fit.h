// Fits of IsoFLOP profiles and predictions, domain to proto; options, proto to domain. Pure.
#pragma once

#include "ff/v1/analysis.pb.h"
#include "server/domain/fit.h"

namespace ff::convert {

v1::Interval ToProto(const Interval& interval);
v1::PowerLaw ToProto(const PowerLaw& law);
v1::OptimalPoint ToProto(const OptimalPoint& point);
v1::Fit ToProto(const Fit& fit);
v1::Prediction ToProto(const Prediction& prediction);

// The part of the options that IsoFLOP profiles take (analysis.h has the whole).
AnalysisOptions ProfileOptions(const v1::AnalyzerConfig& config);

}  // namespace ff::convert
