#include "server/storage/sqlite/analysis_json.h"

#include <array>

#include "server/storage/sqlite/fit_fields.h"
#include "server/storage/sqlite/json_fields.h"

namespace ff {

// An enum as its word. A word that is not known leaves the value as it is.
template <typename V, typename Enum, size_t kCount>
void Word(V& v, const char* name, Enum& value, const std::array<const char*, kCount>& words) {
  std::string word = words[static_cast<size_t>(value)];
  v(name, word);
  for (size_t i = 0; i < kCount; ++i) {
    if (word == words[i]) value = static_cast<Enum>(i);
  }
}

// In the order of their enums.
constexpr std::array kFamilies = {"hoffmann", "tied",    "group_offsets",
                                  "kaplan",   "compute", "gadre"};
constexpr std::array kLosses = {"huber", "lad", "log_squares", "squares"};
constexpr std::array kBudgetComputes = {"mean", "stored"};
constexpr std::array kUnits = {"runs", "budgets"};

// Seeds go through signed numbers, which is all that JSON's readers agree on.
template <typename V>
void Seed(V& v, uint64_t& seed) {
  auto number = static_cast<int64_t>(seed);
  v("seed", number);
  seed = static_cast<uint64_t>(number);
}

template <typename V>
void Fields(V& v, AnalysisOptions& o) {
  v("method", o.method), v("min_r_squared", o.min_r_squared), v("robust", o.robust);
  v("enforce_monotonic", o.enforce_monotonic), v("loss_kind", o.loss_kind);
  v("resamples", o.resamples), v("confidence", o.confidence), Seed(v, o.seed);
  v("leave_one_out", o.leave_one_out), v("expected_exponent", o.expected_exponent);
  v("exponent_tolerance", o.exponent_tolerance);
}
template <typename V>
void Fields(V& v, LawOptions& o) {
  Word(v, "family", o.family, kFamilies);
  Word(v, "loss", o.loss, kLosses);
  v("huber_delta", o.huber_delta), v("group_column", o.group_column);
  v("resamples", o.resamples);
  Word(v, "unit", o.unit, kUnits);
  v("calibrated", o.calibrated);
  v("confidence", o.confidence), Seed(v, o.seed), v("grid", o.grid);
  v("min_r_squared", o.min_r_squared), v("expected_exponent", o.expected_exponent);
  v("exponent_tolerance", o.exponent_tolerance), v("enforce_monotonic", o.enforce_monotonic);
}
template <typename V>
void Fields(V& v, AnalyzeOptions& o) {
  v("isoflop", o.isoflop), v("surface", o.surface), v("envelope", o.envelope);
  v("profiles", o.profiles), v("law", o.law), v("budget_tolerance", o.budget_tolerance);
  v("influence", o.influence), v("backtest_budgets", o.backtest_budgets);
  Word(v, "budget_compute", o.budget_compute, kBudgetComputes);
}

template <typename V>
void Fields(V& v, LawParameter& p) {
  v("name", p.name), v("value", p.value), v("standard_error", p.standard_error), v("ci", p.ci);
}
template <typename V>
void Fields(V& v, SearchReport& s) {
  v("starts", s.starts), v("starts_at_best", s.starts_at_best), v("basins", s.basins);
  v("grid_objective", s.grid_objective), v("projection_objective", s.projection_objective);
  v("agree", s.agree), v("screened_on", s.screened_on);
}
template <typename V>
void Fields(V& v, LawFit& f) {
  Word(v, "family", f.family, kFamilies);
  Word(v, "loss", f.loss, kLosses);
  v("huber_delta", f.huber_delta), v("parameters", f.parameters), v("objective", f.objective);
  v("r_squared", f.r_squared), v("noise_sd", f.noise_sd);
  v("n_opt_exponent", f.n_opt_exponent), v("d_opt_exponent", f.d_opt_exponent);
  v("n_opt_exponent_ci", f.n_opt_exponent_ci), v("d_opt_exponent_ci", f.d_opt_exponent_ci);
  v("flops_per_param_token", f.flops_per_param_token), v("runs", f.runs);
  v("smallest_compute", f.smallest_compute), v("largest_compute", f.largest_compute);
  v("search", f.search), v("identifiable", f.identifiable);
  v("not_identifiable", f.not_identifiable), v("warnings", f.warnings), v("notes", f.notes);
  v("confidence", f.confidence), v("resamples", f.resamples);
  v("failed_resamples", f.failed_resamples), v("draws", f.draws);
}
template <typename V>
void Fields(V& v, ExcludedRun& e) {
  v("run_id", e.run_id), v("reason", e.reason);
}
template <typename V>
void Fields(V& v, EnvelopePoint& p) {
  v("flops", p.flops), v("loss", p.loss), v("parameters", p.parameters), v("tokens", p.tokens);
  v("run", p.run);
}
template <typename V>
void Fields(V& v, EnvelopeFit& f) {
  v("n_opt", f.n_opt), v("d_opt", f.d_opt), v("l_opt", f.l_opt), v("points", f.points);
  v("excluded", f.excluded), v("warnings", f.warnings), v("runs_used", f.runs_used);
  v("runs_on_envelope", f.runs_on_envelope), v("resamples", f.resamples);
  v("confidence", f.confidence), v("draws", f.draws);
}
template <typename V>
void Fields(V& v, ResidualTrend& t) {
  v("against", t.against), v("slope", t.slope), v("t", t.t);
}
template <typename V>
void Fields(V& v, Residuals& r) {
  v("outliers", r.outliers), v("trends", r.trends), v("skewness", r.skewness);
  v("excess_kurtosis", r.excess_kurtosis), v("warnings", r.warnings);
}
template <typename V>
void Fields(V& v, NamedInfluence& n) {
  RunInfluence& i = n.influence;
  v("run_id", n.run_id), v("n_opt_exponent", i.n_opt_exponent), v("shift", i.shift);
  v("parameters", i.parameters), v("approximate", i.approximate);
}
template <typename V>
void Fields(V& v, BacktestPoint& b) {
  v("budgets_left_out", b.budgets_left_out), v("runs_fitted", b.runs_fitted);
  v("runs_predicted", b.runs_predicted), v("fitted_up_to", b.fitted_up_to);
  v("predicted_up_to", b.predicted_up_to), v("mean_abs_error", b.mean_abs_error);
  v("mean_error", b.mean_error), v("worst_abs_error", b.worst_abs_error);
  v("inside_interval", b.inside_interval), v("n_opt_exponent", b.n_opt_exponent);
  v("reason", b.reason);
}

// An optional is a list of none or one.
template <typename V, typename T>
void Maybe(V& v, const char* name, std::optional<T>& value) {
  std::vector<T> list;
  if (value) list.push_back(*value);
  v(name, list);
  value.reset();
  if (!list.empty()) value = std::move(list[0]);
}
template <typename V>
void Fields(V& v, Analysis& a) {
  Maybe(v, "surface", a.surface), Maybe(v, "envelope", a.envelope);
  v("residuals", a.residuals), v("influence", a.influence), v("backtest", a.backtest);
  v("runs_read", a.runs_read), v("used_runs", a.used_runs), v("excluded", a.excluded);
  v("notes", a.notes), v("why_no_surface", a.why_no_surface);
}

namespace storage {

std::string AnalysisToJson(const Analysis& analysis) { return WriteFields(analysis); }
absl::StatusOr<Analysis> AnalysisFromJson(const std::string& text) {
  return ReadFields<Analysis>(text);
}

std::string AnalyzeOptionsToJson(const AnalyzeOptions& options) { return WriteFields(options); }
absl::StatusOr<AnalyzeOptions> AnalyzeOptionsFromJson(const std::string& text) {
  return ReadFields<AnalyzeOptions>(text);
}

}  // namespace storage
}  // namespace ff
