// A whole analysis as the one object that `ffctl analyze -o json` prints: keys of the
// columns of a results file (params_n, tokens_d, flops_c), an approach that could not be had
// null with its reason in "notes", numbers that are not finite null. Pure; thread-safe.
#pragma once

#include <string>

#include "ff/v1/analysis.pb.h"
#include "server/scaling/learning_rate_table.h"

namespace ff::client {

// {"surface": {...}, "isoflop": {...}, "envelope": {...}, "predictions": [...], "used_runs": n,
//  "runs_read": n, "excluded": [...], "notes": [...], "warnings": [...]}
// Intervals stand under "ci95" (or "ci90", ... as the confidence is). `with_fit`: also every
// key of the stored fit, for sweeps. Status of an optimum: "ok", "edge" (its minimum lies at or
// beyond the sizes trained; the empirical method gives its numbers all the same) or "refused".
// Ends with a newline.
//
// `rates`: of a sweep over learning rates, under "learning_rates"; may be null.
std::string AnalysisJson(const v1::Fit& fit, const v1::PredictResponse& predictions, bool with_fit,
                         const scaling::RateTable* rates = nullptr);

}  // namespace ff::client
