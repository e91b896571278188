// Everything that is estimated from one set of runs at one time: the laws of each approach of
// Hoffmann et al. 2022 that the runs allow, what they were held against, what was left out
// and what was assumed. Compute in FLOP, N in parameters, D in tokens, L in nats a token.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/domain/fit.h"
#include "server/domain/law_fit.h"
#include "server/domain/run_table.h"

namespace ff {

// Which approaches to try, and how.
struct AnalyzeOptions {
  bool isoflop = true, surface = true, envelope = true;
  AnalysisOptions profiles;       // isoflop; its loss_kind says which loss a sweep's runs have
  LawOptions law;                 // surface
  double budget_tolerance = 0.1;  // of clustering ln C, where no budget is stored
  BudgetCompute budget_compute = BudgetCompute::kMean;
  bool influence = true;     // of single runs on the surface
  int backtest_budgets = 3;  // at most so many of the largest left out; 0: no backtest

  bool operator==(const AnalyzeOptions&) const = default;
};

struct NamedInfluence {
  std::string run_id;
  RunInfluence influence;
};

// Training curves for the envelope; CurvePoint::run is an index into runs.
struct Curves {
  std::vector<CurveRun> runs;
  std::vector<CurvePoint> points;
};

struct Analysis {
  // What most readers want in the form they know. method is that of the IsoFLOP profiles
  // (quadratic, empirical, akima, cubic); where those could not be fitted it is "surface" or
  // "envelope", the laws are theirs and there are no optimal points.
  Fit fit;
  std::optional<LawFit> surface;
  std::optional<EnvelopeFit> envelope;
  Residuals residuals;                    // of the surface; `runs` may have been dropped
  std::vector<NamedInfluence> influence;  // most influential first, few
  std::vector<BacktestPoint> backtest;
  int runs_read = 0, used_runs = 0;
  std::vector<ExcludedRun> excluded;  // from everything; budgets left out are in `fit`
  std::vector<std::string> notes;     // what was assumed; "surface: why it could not be fitted"
  std::string why_no_surface;         // empty where there is one or none was asked for

  bool HasProfiles() const { return fit.method != "surface" && fit.method != "envelope"; }
};

// One target, by each approach there is.
struct MethodPrediction {
  std::string method;  // isoflop | surface | envelope
  Prediction at;
};

}  // namespace ff
