#include "server/convert/analysis.h"

#include "absl/strings/str_cat.h"
#include "server/analysis/predict_all.h"
#include "server/convert/fit.h"
#include "server/scaling/law_fit.h"

namespace ff::convert {
namespace {

v1::ExcludedRun ToProto(const ExcludedRun& run) {
  v1::ExcludedRun proto;
  proto.set_run_id(run.run_id);
  proto.set_reason(run.reason);
  return proto;
}

v1::SearchReport ToProto(const SearchReport& search) {
  v1::SearchReport proto;
  proto.set_starts(search.starts);
  proto.set_starts_at_best(search.starts_at_best);
  proto.set_basins(search.basins);
  proto.set_grid_objective(search.grid_objective);
  proto.set_projection_objective(search.projection_objective);
  proto.set_agree(search.agree);
  proto.set_screened_on(search.screened_on);
  return proto;
}

v1::Residuals ToProto(const Residuals& residuals) {
  v1::Residuals proto;
  for (const ExcludedRun& run : residuals.outliers) *proto.add_outliers() = ToProto(run);
  for (const ResidualTrend& trend : residuals.trends) {
    v1::ResidualTrend* const added = proto.add_trends();
    added->set_against(trend.against);
    added->set_slope(trend.slope);
    added->set_t(trend.t);
  }
  proto.set_skewness(residuals.skewness);
  proto.set_excess_kurtosis(residuals.excess_kurtosis);
  for (const std::string& warning : residuals.warnings) proto.add_warnings(warning);
  return proto;
}

v1::RunInfluence ToProto(const NamedInfluence& influence) {
  v1::RunInfluence proto;
  proto.set_run_id(influence.run_id);
  proto.set_n_opt_exponent(influence.influence.n_opt_exponent);
  proto.set_shift(influence.influence.shift);
  proto.set_approximate(influence.influence.approximate);
  return proto;
}

v1::BacktestPoint ToProto(const BacktestPoint& point) {
  v1::BacktestPoint proto;
  proto.set_budgets_left_out(point.budgets_left_out);
  proto.set_runs_fitted(point.runs_fitted);
  proto.set_runs_predicted(point.runs_predicted);
  proto.set_fitted_up_to(point.fitted_up_to);
  proto.set_predicted_up_to(point.predicted_up_to);
  proto.set_mean_abs_error(point.mean_abs_error);
  proto.set_mean_error(point.mean_error);
  proto.set_worst_abs_error(point.worst_abs_error);
  proto.set_inside_interval(point.inside_interval);
  proto.set_n_opt_exponent(point.n_opt_exponent);
  proto.set_reason(point.reason);
  return proto;
}

}  // namespace

v1::SurfaceFit ToProto(const LawFit& law) {
  v1::SurfaceFit proto;
  proto.set_family(scaling::LawFamilyName(law.family));
  proto.set_loss(scaling::LossFunctionName(law.loss));
  proto.set_huber_delta(law.huber_delta);
  for (const LawParameter& parameter : law.parameters) {
    v1::LawParameter* const added = proto.add_parameters();
    added->set_name(parameter.name);
    added->set_value(parameter.value);
    added->set_standard_error(parameter.standard_error);
    *added->mutable_ci() = ToProto(parameter.ci);
  }
  proto.set_objective(law.objective);
  proto.set_r_squared(law.r_squared);
  proto.set_noise_sd(law.noise_sd);
  proto.set_n_opt_exponent(law.n_opt_exponent);
  proto.set_d_opt_exponent(law.d_opt_exponent);
  *proto.mutable_n_opt_exponent_ci() = ToProto(law.n_opt_exponent_ci);
  *proto.mutable_d_opt_exponent_ci() = ToProto(law.d_opt_exponent_ci);
  proto.set_flops_per_param_token(law.flops_per_param_token);
  proto.set_runs(law.runs);
  proto.set_smallest_compute(law.smallest_compute);
  proto.set_largest_compute(law.largest_compute);
  *proto.mutable_search() = ToProto(law.search);
  proto.set_identifiable(law.identifiable);
  proto.set_not_identifiable(law.not_identifiable);
  for (const std::string& warning : law.warnings) proto.add_warnings(warning);
  for (const std::string& note : law.notes) proto.add_notes(note);
  proto.set_confidence(law.confidence);
  proto.set_resamples(law.resamples);
  proto.set_failed_resamples(law.failed_resamples);
  proto.mutable_draws()->Add(law.draws.begin(), law.draws.end());
  proto.set_formula(scaling::LawFormula(law));
  return proto;
}

v1::EnvelopeFit ToProto(const EnvelopeFit& envelope) {
  v1::EnvelopeFit proto;
  *proto.mutable_n_opt() = ToProto(envelope.n_opt);
  *proto.mutable_d_opt() = ToProto(envelope.d_opt);
  *proto.mutable_l_opt() = ToProto(envelope.l_opt);
  for (const EnvelopePoint& point : envelope.points) {
    v1::EnvelopePoint* const added = proto.add_points();
    added->set_flops(point.flops);
    added->set_loss(point.loss);
    added->set_parameters(point.parameters);
    added->set_tokens(point.tokens);
  }
  for (const ExcludedRun& run : envelope.excluded) *proto.add_excluded() = ToProto(run);
  for (const std::string& warning : envelope.warnings) proto.add_warnings(warning);
  proto.set_runs_used(envelope.runs_used);
  proto.set_runs_on_envelope(envelope.runs_on_envelope);
  proto.set_resamples(envelope.resamples);
  proto.set_confidence(envelope.confidence);
  return proto;
}

v1::Fit ToProto(const Analysis& analysis) {
  v1::Fit proto = ToProto(analysis.fit);
  if (analysis.surface) *proto.mutable_surface() = ToProto(*analysis.surface);
  if (analysis.surface) *proto.mutable_residuals() = ToProto(analysis.residuals);
  if (analysis.envelope) *proto.mutable_envelope() = ToProto(*analysis.envelope);
  for (const NamedInfluence& one : analysis.influence) *proto.add_influence() = ToProto(one);
  for (const BacktestPoint& point : analysis.backtest) *proto.add_backtest() = ToProto(point);
  proto.set_runs_read(analysis.runs_read);
  proto.set_used_runs(analysis.used_runs);
  for (const ExcludedRun& run : analysis.excluded) *proto.add_excluded() = ToProto(run);
  for (const std::string& note : analysis.notes) proto.add_notes(note);
  return proto;
}

v1::PredictResponse ToProto(
    const std::pair<std::string, std::vector<std::vector<MethodPrediction>>>& predictions) {
  v1::PredictResponse proto;
  proto.set_fit_id(predictions.first);
  for (const std::vector<MethodPrediction>& at_target : predictions.second) {
    for (size_t i = 0; i < at_target.size(); ++i) {
      if (i == 0) *proto.add_predictions() = ToProto(at_target[i].at);
      v1::MethodPredictions* method = nullptr;
      for (v1::MethodPredictions& known : *proto.mutable_by_method()) {
        if (known.method() == at_target[i].method) method = &known;
      }
      if (method == nullptr) method = proto.add_by_method();
      method->set_method(at_target[i].method);
      *method->add_predictions() = ToProto(at_target[i].at);
    }
    const std::string disagreement = analysis::Disagreement(at_target);
    if (!disagreement.empty()) proto.add_disagreements(disagreement);
  }
  return proto;
}

absl::StatusOr<AnalyzeOptions> FromProto(const v1::AnalyzerConfig& config) {
  AnalyzeOptions options;
  options.profiles = ProfileOptions(config);
  const std::string& approach = config.fitting().approach();
  const auto wanted = [&approach](const char* name) {
    return approach.empty() || approach == "all" || approach == name;
  };
  options.isoflop = wanted("isoflop");
  options.surface = wanted("surface");
  options.envelope = wanted("envelope");
  options.budget_tolerance = config.fitting().budget_tolerance();
  options.budget_compute =
      config.fitting().budget_compute() == "stored" ? BudgetCompute::kStored : BudgetCompute::kMean;
  options.backtest_budgets = config.validation().backtest_budgets();
  options.influence = config.validation().leave_one_out();
  const auto family = scaling::ParseLawFamily(config.surface().family());
  if (!family.ok()) return family.status();
  const auto loss = scaling::ParseLossFunction(config.surface().loss());
  if (!loss.ok()) return loss.status();
  LawOptions& law = options.law;
  law.family = *family;
  law.loss = *loss;
  law.huber_delta = config.surface().huber_delta();
  law.group_column = config.surface().group_column();
  law.unit = config.bootstrap().unit() == "budgets" ? ResampleUnit::kBudgets : ResampleUnit::kRuns;
  law.calibrated = config.bootstrap().spread() == "calibrated";
  law.resamples = options.profiles.resamples;
  law.confidence = options.profiles.confidence;
  law.seed = options.profiles.seed;
  law.min_r_squared = options.profiles.min_r_squared;
  law.expected_exponent = options.profiles.expected_exponent;
  law.exponent_tolerance = options.profiles.exponent_tolerance;
  law.enforce_monotonic = options.profiles.enforce_monotonic;
  return options;
}

}  // namespace ff::convert
