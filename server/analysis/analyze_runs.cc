#include "server/analysis/analyze_runs.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/analysis/curves_of.h"
#include "server/scaling/envelope.h"
#include "server/scaling/isoflop_analysis.h"
#include "server/scaling/law_diagnostics.h"
#include "server/scaling/law_fit.h"
#include "server/scaling/run_screening.h"

namespace ff::analysis {
namespace {

constexpr size_t kInfluenceShown = 10;
// Beyond these a list with an entry a run costs more than it tells.
constexpr size_t kMostForInfluence = 100'000;
constexpr size_t kMostForResiduals = 1'000'000;

std::string OneLine(absl::string_view message) {
  return absl::StrReplaceAll(message, {{":\n  ", ": "}, {"\n  ", "; "}, {"\n", "; "}});
}

void CouldNot(const std::string& what, const absl::Status& status, Analysis* out) {
  out->notes.push_back(absl::StrCat(what, ": ", OneLine(status.message())));
}

void HoldAgainst(const RunTable& table, const BudgetGroups& groups, const AnalyzeOptions& options,
                 Analysis* out) {
  if (table.size() <= kMostForResiduals) {
    out->residuals = scaling::LawResiduals(table, *out->surface);
  } else {
    out->notes.push_back(
        absl::StrCat("residuals: not listed for more than ", kMostForResiduals, " runs"));
  }
  if (options.influence && table.size() > kMostForInfluence) {
    out->notes.push_back(absl::StrCat("influence of single runs: not computed for more than ",
                                      kMostForInfluence, " runs"));
  } else if (options.influence) {
    const auto influence = scaling::LawInfluence(table, options.law, *out->surface);
    if (!influence.ok()) CouldNot("influence of single runs", influence.status(), out);
    if (influence.ok()) {
      for (const RunInfluence& one : *influence) {
        if (out->influence.size() == kInfluenceShown) break;
        out->influence.push_back({table.run_id[one.row], one});
      }
    }
  }
  if (options.backtest_budgets > 0) {
    auto backtest = scaling::LawBacktest(table, groups, options.law, options.backtest_budgets);
    if (!backtest.ok()) CouldNot("backtest", backtest.status(), out);
    if (backtest.ok()) out->backtest = *std::move(backtest);
  }
}

absl::Status FitSurface(const RunTable& table, const BudgetGroups& groups,
                        const AnalyzeOptions& options, Analysis* out) {
  absl::StatusOr<LawFit> law = scaling::FitLaw(table, options.law, &groups);
  if (absl::IsInvalidArgument(law.status())) return law.status();
  if (!law.ok()) {
    CouldNot("surface", law.status(), out);
    out->why_no_surface = OneLine(law.status().message());
    return absl::OkStatus();
  }
  out->surface = *std::move(law);
  HoldAgainst(table, groups, options, out);
  return absl::OkStatus();
}

absl::Status FitProfiles(const RunTable& table, const BudgetGroups& groups,
                         const AnalyzeOptions& options, Analysis* out) {
  absl::StatusOr<Fit> fit =
      scaling::AnalyzeIsoflop(scaling::RunPoints(table, groups), options.profiles);
  if (absl::IsInvalidArgument(fit.status())) return fit.status();
  if (!fit.ok()) {
    CouldNot("isoflop", fit.status(), out);
    return absl::OkStatus();
  }
  out->fit = *std::move(fit);
  return absl::OkStatus();
}

absl::Status FitCurves(const Curves& curves, const AnalyzeOptions& options, Analysis* out) {
  if (curves.points.empty()) {
    out->notes.push_back(
        "envelope: it is drawn round training curves; these runs have their last loss alone");
    return absl::OkStatus();
  }
  scaling::EnvelopeOptions envelope;
  envelope.robust = options.profiles.robust;
  envelope.enforce_monotonic = options.profiles.enforce_monotonic;
  envelope.min_r_squared = options.profiles.min_r_squared;
  envelope.expected_exponent = options.profiles.expected_exponent;
  envelope.exponent_tolerance = options.profiles.exponent_tolerance;
  envelope.resamples = options.profiles.resamples;
  envelope.confidence = options.profiles.confidence;
  envelope.seed = options.profiles.seed;
  envelope.threads = options.law.threads;
  absl::StatusOr<EnvelopeFit> fit = scaling::FitEnvelope(curves.runs, curves.points, envelope);
  if (absl::IsInvalidArgument(fit.status())) return fit.status();
  if (!fit.ok()) {
    CouldNot("envelope", fit.status(), out);
    return absl::OkStatus();
  }
  out->envelope = *std::move(fit);
  return absl::OkStatus();
}

// `fit` is what every reader of fits knows; without profiles another approach fills it.
absl::Status FillHeadline(Analysis* out) {
  if (!out->fit.method.empty()) return absl::OkStatus();
  absl::Status why = absl::FailedPreconditionError("no approach was asked for");
  if (out->surface) {
    absl::StatusOr<Fit> fit = SurfaceAsFit(*out->surface);
    if (fit.ok()) {
      out->fit = *std::move(fit);
      return absl::OkStatus();
    }
    why = fit.status();
    out->fit.method = "surface";  // a law of loss without an optimum is one all the same
    CouldNot("surface", why, out);
    return absl::OkStatus();
  }
  if (out->envelope) {
    out->fit = EnvelopeAsFit(*out->envelope);
    return absl::OkStatus();
  }
  std::string message = "no law can be had from these runs";
  for (const std::string& note : out->notes) absl::StrAppend(&message, "\n  ", note);
  return absl::FailedPreconditionError(message);
}

absl::Status NoUsableRun(const std::vector<ExcludedRun>& excluded) {
  std::string message = "none of the runs can be used";
  constexpr size_t kShown = 5;
  for (size_t i = 0; i < std::min(excluded.size(), kShown); ++i) {
    absl::StrAppend(&message, "\n  ", excluded[i].run_id, ": ", excluded[i].reason);
  }
  if (excluded.size() > kShown) {
    absl::StrAppend(&message, "\n  and ", excluded.size() - kShown, " more");
  }
  return absl::FailedPreconditionError(message);
}

}  // namespace

absl::StatusOr<Analysis> AnalyzeRuns(RunTable table, const Curves& curves,
                                     const AnalyzeOptions& options) {
  Analysis out;
  out.runs_read = static_cast<int>(table.size());
  absl::StatusOr<scaling::ScreenedRuns> screened = scaling::ScreenRuns(std::move(table));
  if (!screened.ok()) return screened.status();
  out.excluded = std::move(screened->excluded);
  const RunTable& runs = screened->table;
  out.used_runs = static_cast<int>(runs.size());
  if (runs.size() == 0) return NoUsableRun(out.excluded);
  const BudgetGroups groups =
      scaling::GroupBudgets(runs, options.budget_tolerance, options.budget_compute);
  out.notes.insert(out.notes.end(), groups.notes.begin(), groups.notes.end());
  absl::Status status;
  if (options.isoflop) status.Update(FitProfiles(runs, groups, options, &out));
  if (options.surface) status.Update(FitSurface(runs, groups, options, &out));
  if (options.envelope) status.Update(FitCurves(CurvesOf(runs, curves), options, &out));
  if (!status.ok()) return status;
  status = FillHeadline(&out);
  if (!status.ok()) return status;
  out.fit.loss_kind = options.profiles.loss_kind;
  if (!out.HasProfiles()) out.fit.runs_used = out.used_runs;
  return out;
}

}  // namespace ff::analysis
