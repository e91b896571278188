// Fits and predictions, domain to proto; the analyzer's options, proto to domain. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ff/v1/analysis.pb.h"
#include "server/domain/fit.h"

namespace ff::convert {

v1::Interval ToProto(const Interval& interval);
v1::PowerLaw ToProto(const PowerLaw& law);
v1::OptimalPoint ToProto(const OptimalPoint& point);
v1::Fit ToProto(const Fit& fit);
v1::Prediction ToProto(const Prediction& prediction);

// (id of the fit, predictions)
v1::PredictResponse ToProto(const std::pair<std::string, std::vector<Prediction>>& predictions);

// target_compute, paths and output are the client's own keys and have no counterpart.
AnalysisOptions FromProto(const v1::AnalyzerConfig& config);

}  // namespace ff::convert
