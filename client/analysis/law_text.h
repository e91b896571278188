// A fitted law and predictions from it, as text and as files. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "client/print/table.h"
#include "ff/v1/analysis.pb.h"
#include "ff/v1/experiment.pb.h"

namespace ff::client {

// N_opt, D_opt, L_opt: exponent, coefficient, intervals, R squared.
Table LawTable(const v1::Fit& fit);

// The optimum of each budget.
Table OptimumTable(const v1::Fit& fit);

// Compute -> N, D, loss, tokens per parameter, with intervals, a row for each approach; where
// it is beyond what was measured a column says how far.
Table PredictionTable(const v1::PredictResponse& response);

// Where approaches disagree, and how far the farthest target extrapolates. May be empty.
std::string PredictionNotes(const v1::PredictResponse& response);

// Formulas, what was left out and why, warnings.
std::string FitNotes(const v1::Fit& fit);

// "At 1e18 FLOPs: train 52M parameters on 1.1B tokens ...".
std::string PredictionSentence(const v1::Prediction& prediction, double confidence);

// Largest measured budget, FLOP; without optima the largest run of the surface; else 0.
double LargestCompute(const v1::Fit& fit);

// The measured budgets, then 10, 100 and 1000 times the largest.
std::vector<double> ComputesOfInterest(const v1::Fit& fit);

// The runs the fit used: compute_budget, model_size, num_tokens, final_loss, experiment_id.
std::string IsoflopsCsv(const v1::Fit& fit,
                        const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments);

// A planner file for the next sweep: from the largest measured budget to 100 times it,
// sizes centred on the law. `at_largest`: the prediction there; `flop_count` as measured.
std::string NextPlannerYaml(const v1::Fit& fit, const v1::Prediction& at_largest,
                            const v1::Prediction& at_end);

}  // namespace ff::client
