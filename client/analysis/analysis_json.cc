#include "client/analysis/analysis_json.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/analysis/approaches.h"
#include "client/analysis/rate_text.h"
#include "client/print/json.h"
#include "client/print/numbers.h"
#include "nlohmann/json.hpp"

namespace ff::client {
namespace {

using Json = nlohmann::ordered_json;

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json Range(const v1::Interval& interval) {
  const bool set = interval.low() != interval.high() && std::isfinite(interval.low()) &&
                   std::isfinite(interval.high());
  return set ? Json{interval.low(), interval.high()} : Json(nullptr);
}

template <typename Words>
Json List(const Words& words) {
  Json list = Json::array();
  for (const std::string& word : words) list.push_back(word);
  return list;
}

template <typename Runs>
Json RunList(const Runs& runs) {
  Json list = Json::array();
  for (const auto& run : runs) list.push_back({{"run_id", run.run_id()}, {"reason", run.reason()}});
  return list;
}

// 0.95 -> "ci95", 0.999 -> "ci99.9".
std::string IntervalKey(double confidence) {
  return absl::StrCat("ci", confidence > 0 ? Shortest(100 * confidence, 4) : "95");
}

Json Law(const v1::PowerLaw& law, const std::string& ci) {
  return {{"coefficient_k", Number(law.coefficient_k())},
          {"exponent_a", Number(law.exponent_a())},
          {"r_squared", Number(law.r_squared())},
          {"formula", law.formula()},
          {ci, {{"coefficient_k", Range(law.k_ci())}, {"exponent_a", Range(law.a_ci())}}}};
}

Json Search(const v1::SearchReport& search) {
  return {{"starts", search.starts()},
          {"starts_at_best", search.starts_at_best()},
          {"basins", search.basins()},
          {"grid_objective", Number(search.grid_objective())},
          {"projection_objective", Number(search.projection_objective())},
          {"agree", search.agree()},
          {"screened_on", search.screened_on()}};
}

Json Residuals(const v1::Residuals& residuals) {
  Json trends = Json::array();
  for (const v1::ResidualTrend& trend : residuals.trends()) {
    trends.push_back(
        {{"against", trend.against()}, {"slope", Number(trend.slope())}, {"t", Number(trend.t())}});
  }
  return {{"outliers", RunList(residuals.outliers())},
          {"trends", std::move(trends)},
          {"skewness", Number(residuals.skewness())},
          {"excess_kurtosis", Number(residuals.excess_kurtosis())}};
}

Json Influence(const v1::Fit& fit) {
  Json list = Json::array();
  for (const v1::RunInfluence& one : fit.influence()) {
    list.push_back({{"run_id", one.run_id()},
                    {"n_opt_exponent", Number(one.n_opt_exponent())},
                    {"shift", Number(one.shift())},
                    {"approximate", one.approximate()}});
  }
  return list;
}

Json Backtest(const v1::Fit& fit) {
  Json list = Json::array();
  for (const v1::BacktestPoint& point : fit.backtest()) {
    Json object = {{"budgets_left_out", point.budgets_left_out()},
                   {"runs_fitted", point.runs_fitted()},
                   {"runs_predicted", point.runs_predicted()}};
    if (!point.reason().empty()) {
      object["reason"] = point.reason();
    } else {
      object["fitted_up_to"] = Number(point.fitted_up_to());
      object["predicted_up_to"] = Number(point.predicted_up_to());
      object["mean_abs_error"] = Number(point.mean_abs_error());
      object["mean_error"] = Number(point.mean_error());
      object["worst_abs_error"] = Number(point.worst_abs_error());
      object["inside_interval"] = Number(point.inside_interval());
      object["n_opt_exponent"] = Number(point.n_opt_exponent());
    }
    list.push_back(std::move(object));
  }
  return list;
}

Json Surface(const v1::Fit& fit) {
  if (!fit.has_surface()) return nullptr;
  const v1::SurfaceFit& law = fit.surface();
  Json object = Json::object(), ci = Json::object(), errors = Json::object();
  for (const v1::LawParameter& parameter : law.parameters()) {
    object[parameter.name()] = Number(parameter.value());
    ci[parameter.name()] = Range(parameter.ci());
    errors[parameter.name()] = Number(parameter.standard_error());
  }
  ci["n_opt_exponent"] = Range(law.n_opt_exponent_ci());
  ci["d_opt_exponent"] = Range(law.d_opt_exponent_ci());
  object["objective"] = Number(law.objective());
  object["n_opt_exponent"] = Number(law.n_opt_exponent());
  object["d_opt_exponent"] = Number(law.d_opt_exponent());
  object[IntervalKey(law.confidence())] = std::move(ci);
  object["standard_errors"] = std::move(errors);
  object["family"] = law.family();
  object["formula"] = law.formula();
  object["loss"] = law.loss();
  object["huber_delta"] = law.loss() == "huber" ? Number(law.huber_delta()) : Json(nullptr);
  object["r_squared"] = Number(law.r_squared());
  object["noise_sd"] = Number(law.noise_sd());
  object["runs"] = law.runs();
  object["confidence"] = law.confidence();
  object["resamples"] = law.resamples();
  object["failed_resamples"] = law.failed_resamples();
  object["identifiable"] = law.identifiable();
  if (!law.identifiable()) object["not_identifiable"] = law.not_identifiable();
  object["search"] = Search(law.search());
  object["residuals"] = Residuals(fit.residuals());
  object["influence"] = Influence(fit);
  object["backtest"] = Backtest(fit);
  object["notes"] = List(law.notes());
  return object;
}

Json Optima(const v1::Fit& fit, const std::string& ci) {
  std::vector<std::pair<double, Json>> optima;
  for (const v1::OptimalPoint& point : fit.optimal_points()) {
    optima.emplace_back(point.compute_budget(),
                        Json{{"flops_c", Number(point.compute_budget())},
                             {"params_n", Number(point.model_size())},
                             {"tokens_d", Number(point.num_tokens())},
                             {"loss", Number(point.final_loss())},
                             {"status", point.at_edge() ? "edge" : "ok"},
                             {"runs", point.runs()},
                             {ci, {{"params_n", Range(point.model_size_ci())}}}});
  }
  for (const v1::Exclusion& exclusion : fit.exclusions()) {
    if (!exclusion.experiment_id().empty()) continue;
    optima.emplace_back(exclusion.compute_budget(),
                        Json{{"flops_c", Number(exclusion.compute_budget())},
                             {"params_n", nullptr},
                             {"tokens_d", nullptr},
                             {"loss", nullptr},
                             {"status", exclusion.at_edge() ? "edge" : "refused"},
                             {"reason", exclusion.reason()}});
  }
  std::stable_sort(optima.begin(), optima.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Json list = Json::array();
  for (auto& [compute, object] : optima) list.push_back(std::move(object));
  return list;
}

Json Isoflop(const v1::Fit& fit) {
  if (!HasProfiles(fit)) return nullptr;
  const std::string ci = IntervalKey(fit.confidence());
  Json without = Json::array();
  for (const v1::LeaveOneOut& one : fit.leave_one_out()) {
    without.push_back({{"left_out_budget", Number(one.left_out_budget())},
                       {"exponent_a", Number(one.exponent_a())}});
  }
  Json excluded = Json::array();
  for (const v1::Exclusion& one : fit.exclusions()) {
    if (one.experiment_id().empty()) continue;
    excluded.push_back({{"run_id", one.experiment_id()}, {"reason", one.reason()}});
  }
  return {{"method", fit.method()},         {"n_opt", Law(fit.n_opt(), ci)},
          {"d_opt", Law(fit.d_opt(), ci)},  {"l_opt", Law(fit.l_opt(), ci)},
          {"optima", Optima(fit, ci)},      {"optimal_ratio", Number(fit.optimal_ratio())},
          {"runs", fit.runs_used()},        {"confidence", fit.confidence()},
          {"resamples", fit.resamples()},   {"leave_one_out", std::move(without)},
          {"excluded", std::move(excluded)}};
}

Json Envelope(const v1::Fit& fit) {
  if (!fit.has_envelope()) return nullptr;
  const v1::EnvelopeFit& envelope = fit.envelope();
  const std::string ci = IntervalKey(envelope.confidence());
  return {{"n_opt", Law(envelope.n_opt(), ci)},
          {"d_opt", Law(envelope.d_opt(), ci)},
          {"l_opt", Law(envelope.l_opt(), ci)},
          {"runs", envelope.runs_used()},
          {"runs_on_envelope", envelope.runs_on_envelope()},
          {"confidence", envelope.confidence()},
          {"resamples", envelope.resamples()},
          {"excluded", RunList(envelope.excluded())}};
}

Json Predictions(const v1::PredictResponse& predictions, double confidence) {
  const std::string ci = IntervalKey(confidence);
  Json list = Json::array();
  for (const v1::MethodPredictions& method : predictions.by_method()) {
    for (const v1::Prediction& p : method.predictions()) {
      list.push_back({{"flops_c", Number(p.target_compute())},
                      {"method", method.method()},
                      {"params_n", Number(p.optimal_params())},
                      {"tokens_d", Number(p.optimal_tokens())},
                      {"loss", Number(p.expected_loss())},
                      {"tokens_per_param", Number(p.tokens_per_param())},
                      {ci,
                       {{"params_n", Range(p.params_ci())},
                        {"tokens_d", Range(p.tokens_ci())},
                        {"loss", Range(p.loss_ci())},
                        {"tokens_per_param", Range(p.tokens_per_param_ci())}}},
                      {"extrapolation", Number(p.extrapolation())}});
    }
  }
  return list;
}

// The stored fit's keys, without those that this object says in its own words.
Json FitKeys(v1::Fit fit) {
  fit.clear_surface(), fit.clear_envelope(), fit.clear_residuals(), fit.clear_influence();
  fit.clear_backtest(), fit.clear_excluded(), fit.clear_notes(), fit.clear_draws();
  Json keys = Json::parse(ToJson(fit));
  for (const char* own : {"residuals", "influence", "backtest", "draws"}) keys.erase(own);
  return keys;
}

}  // namespace

std::string AnalysisJson(const v1::Fit& fit, const v1::PredictResponse& predictions, bool with_fit,
                         const scaling::RateTable* rates) {
  Json object = with_fit ? FitKeys(fit) : Json::object();
  object["surface"] = Surface(fit);
  object["isoflop"] = Isoflop(fit);
  object["envelope"] = Envelope(fit);
  object["predictions"] = Predictions(predictions, fit.confidence());
  object["disagreements"] = List(predictions.disagreements());
  object["used_runs"] = fit.used_runs();
  object["runs_read"] = fit.runs_read();
  object["excluded"] = RunList(fit.excluded());
  object["notes"] = List(fit.notes());
  object["warnings"] = List(WarningsOf(fit));
  if (rates != nullptr && !rates->rows.empty()) object["learning_rates"] = RateJson(*rates);
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ff::client
