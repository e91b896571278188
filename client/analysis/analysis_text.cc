#include "client/analysis/analysis_text.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/analysis/approaches.h"
#include "client/analysis/law_text.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

std::string Significant(double value) { return Shortest(value, 6); }

std::string Range(const v1::Interval& interval) {
  if (interval.low() == interval.high() || !std::isfinite(interval.low()) ||
      !std::isfinite(interval.high())) {
    return "-";
  }
  return absl::StrCat(Shortest(interval.low(), 5), " .. ", Shortest(interval.high(), 5));
}

std::string Percent(double part, int decimals) {
  return absl::StrCat(Fixed(100 * part, decimals), " %");
}

Cell Value(double value) { return {Significant(value), Exact(value)}; }

void Show(Session& session, const std::string& title, const Table& table) {
  session.out() << session.out_style().Bold(title) << "\n"
                << table.Render(session.table_width(), session.out_style()) << "\n";
}

std::string SearchText(const v1::SearchReport& search) {
  std::string text =
      absl::StrCat(search.starts_at_best(), " of ", search.starts(), " starts end at this optimum");
  if (search.screened_on() > 0) {
    absl::StrAppend(&text, " (searched on ", search.screened_on(), " runs, polished on all)");
  }
  return absl::StrCat(text, search.agree() ? "; variable projection agrees"
                                           : "; VARIABLE PROJECTION ENDS ELSEWHERE");
}

std::string SurfaceText(const v1::SurfaceFit& law) {
  std::string text = absl::StrCat(
      law.formula(), "\n", law.loss(),
      law.loss() == "huber" ? absl::StrCat(" (delta ", Shortest(law.huber_delta(), 3), ")") : "",
      " over ", law.runs(), " runs: objective ", Shortest(law.objective(), 8),
      law.loss() == "squares" ? ", in L" : ", in ln L", "; scatter of a run ",
      Percent(law.noise_sd(), 2), "\n", SearchText(law.search()), "\n");
  if (law.resamples() > 0) {
    absl::StrAppend(&text, "intervals from ", law.resamples(), " resamples");
    if (law.failed_resamples() > 0) {
      absl::StrAppend(&text, " (", law.failed_resamples(), " more had no finite law)");
    }
    absl::StrAppend(&text, "\n");
  }
  for (const std::string& note : law.notes()) absl::StrAppend(&text, "note: ", note, "\n");
  return text;
}

std::string OutlierText(const v1::Fit& fit) {
  std::string text;
  constexpr int kShown = 10;
  const auto& outliers = fit.residuals().outliers();
  for (int i = 0; i < std::min(kShown, outliers.size()); ++i) {
    absl::StrAppend(&text, "outlier, used all the same: ", outliers[i].run_id(), ": ",
                    outliers[i].reason(), "\n");
  }
  if (outliers.size() > kShown) {
    absl::StrAppend(&text, "and ", outliers.size() - kShown, " further outliers (-o json)\n");
  }
  return text;
}

void PrintSurface(Session& session, const v1::Fit& fit) {
  Show(session, "Loss surface through all runs", SurfaceTable(fit.surface()));
  session.out() << VisibleText(SurfaceText(fit.surface())) << "\n";
  if (fit.influence_size() > 0) {
    Show(session, "Runs that move the surface's exponent most", InfluenceTable(fit));
  }
  if (fit.backtest_size() > 0) {
    Show(session, "Surface without the largest budgets, against them", BacktestTable(fit));
  }
  const std::string outliers = OutlierText(fit);
  if (!outliers.empty()) session.out() << VisibleText(outliers) << "\n";
}

v1::Fit EnvelopeLaws(const v1::EnvelopeFit& envelope) {
  v1::Fit fit;
  *fit.mutable_n_opt() = envelope.n_opt();
  *fit.mutable_d_opt() = envelope.d_opt();
  *fit.mutable_l_opt() = envelope.l_opt();
  fit.set_confidence(envelope.confidence());
  return fit;
}

}  // namespace

Table SurfaceTable(const v1::SurfaceFit& law) {
  Table table({{"PARAMETER"},
               {"VALUE", Align::kRight},
               {absl::StrCat(Shortest(100 * law.confidence(), 4), " %")},
               {"STANDARD ERROR", Align::kRight}});
  for (const v1::LawParameter& parameter : law.parameters()) {
    table.Add({parameter.name(), Value(parameter.value()), Range(parameter.ci()),
               parameter.standard_error() > 0 ? Value(parameter.standard_error()) : Cell("-")});
  }
  if (std::isfinite(law.n_opt_exponent())) {
    table.Add({"N_opt ~ C^", Value(law.n_opt_exponent()), Range(law.n_opt_exponent_ci()), "-"});
    table.Add({"D_opt ~ C^", Value(law.d_opt_exponent()), Range(law.d_opt_exponent_ci()), "-"});
  }
  return table;
}

Table InfluenceTable(const v1::Fit& fit) {
  Table table({{"WITHOUT RUN"}, {"N_OPT ~ C^", Align::kRight}, {"SHIFT", Align::kRight}});
  constexpr int kShown = 5;
  for (const v1::RunInfluence& one : fit.influence()) {
    if (table.size() == kShown) break;
    table.Add({one.run_id(),
               NumberCell(one.n_opt_exponent(), 4),
               {absl::StrCat(Fixed(one.shift(), 2), " se", one.approximate() ? " (about)" : ""),
                Exact(one.shift())}});
  }
  return table;
}

Table BacktestTable(const v1::Fit& fit) {
  Table table({{"LEFT OUT", Align::kRight},
               {"FITTED TO", Align::kRight},
               {"PREDICTED TO", Align::kRight},
               {"RUNS", Align::kRight},
               {"MEAN ERROR", Align::kRight},
               {"BIAS", Align::kRight},
               {"WORST", Align::kRight},
               {"IN INTERVAL", Align::kRight},
               {"N_OPT ~ C^", Align::kRight},
               {"REMARK"}});
  for (const v1::BacktestPoint& point : fit.backtest()) {
    const bool fitted = point.reason().empty();
    const auto percent = [fitted](double value) -> Cell {
      return fitted ? Cell(Percent(value, 2), Exact(value)) : Cell("-");
    };
    table.Add({std::to_string(point.budgets_left_out()),
               fitted ? FlopsCell(point.fitted_up_to()) : Cell("-"),
               fitted ? FlopsCell(point.predicted_up_to()) : Cell("-"),
               std::to_string(point.runs_predicted()), percent(point.mean_abs_error()),
               percent(point.mean_error()), percent(point.worst_abs_error()),
               percent(point.inside_interval()),
               fitted ? NumberCell(point.n_opt_exponent(), 4) : Cell("-"), point.reason()});
  }
  return table;
}

std::string RunsText(const v1::Fit& fit) {
  if (fit.runs_read() == 0) return "";
  std::string text = absl::StrCat(fit.used_runs(), " of ", fit.runs_read(), " runs used\n");
  std::vector<std::pair<std::string, std::vector<std::string>>> reasons;  // reason, runs
  for (const v1::ExcludedRun& run : fit.excluded()) {
    auto it = std::find_if(reasons.begin(), reasons.end(),
                           [&](const auto& known) { return known.first == run.reason(); });
    if (it == reasons.end()) it = reasons.insert(reasons.end(), {run.reason(), {}});
    it->second.push_back(run.run_id());
  }
  constexpr size_t kNamed = 3, kReasons = 20;
  for (size_t i = 0; i < std::min(kReasons, reasons.size()); ++i) {
    const auto& [reason, runs] = reasons[i];
    absl::StrAppend(&text, "left out: ");
    for (size_t j = 0; j < std::min(kNamed, runs.size()); ++j) {
      absl::StrAppend(&text, j > 0 ? ", " : "", runs[j]);
    }
    if (runs.size() > kNamed) absl::StrAppend(&text, " and ", runs.size() - kNamed, " more");
    absl::StrAppend(&text, ": ", reason, "\n");
  }
  if (reasons.size() > kReasons) {
    absl::StrAppend(&text, "and for ", reasons.size() - kReasons, " further reasons (-o json)\n");
  }
  return text;
}

void PrintAnalysis(Session& session, const v1::Fit& fit, const v1::PredictResponse& predictions,
                   const v1::Prediction* target) {
  session.out() << VisibleText(RunsText(fit));
  for (const std::string& note : fit.notes()) {
    session.out() << VisibleText(absl::StrCat("note: ", note)) << "\n";
  }
  if (fit.runs_read() > 0) session.out() << "\n";
  if (HasProfiles(fit)) {
    Show(session, "Scaling laws, compute C in FLOP", LawTable(fit));
    Show(session, "Best size of each budget", OptimumTable(fit));
  }
  if (fit.has_surface()) PrintSurface(session, fit);
  if (fit.has_envelope()) {
    Show(session, "Envelope of the training curves", LawTable(EnvelopeLaws(fit.envelope())));
  }
  if (predictions.predictions_size() > 0) {
    Show(session, "What to train with how much compute", PredictionTable(predictions));
  }
  const std::string notes = PredictionNotes(predictions);
  if (!notes.empty()) session.out() << VisibleText(notes) << "\n";
  if (target != nullptr) {
    session.out() << PredictionSentence(*target, fit.confidence()) << "\n\n";
  }
  if (HasProfiles(fit)) session.out() << VisibleText(FitNotes(fit));
  for (const std::string& warning : WarningsOf(fit)) {
    session.out() << VisibleText(absl::StrCat("warning: ", warning)) << "\n";
  }
}

}  // namespace ff::client
