#include "server/results/scaling_laws_json.h"

#include <nlohmann/json.hpp>

namespace ff::results {
namespace {

nlohmann::ordered_json LawOf(const PowerLaw& law) {
  return {{"name", law.name},
          {"coefficient_k", law.coefficient_k},
          {"exponent_a", law.exponent_a},
          {"r_squared", law.r_squared},
          {"k_ci", {law.k_ci.low, law.k_ci.high}},
          {"a_ci", {law.a_ci.low, law.a_ci.high}},
          {"formula", law.formula}};
}

nlohmann::ordered_json PointOf(const OptimalPoint& p) {
  return {{"compute_budget", p.compute_budget},
          {"model_size", p.model_size},
          {"num_tokens", p.num_tokens},
          {"final_loss", p.final_loss},
          {"tokens_per_param", p.num_tokens / p.model_size},
          {"runs", p.runs},
          {"model_size_ci", {p.model_size_ci.low, p.model_size_ci.high}},
          {"r_squared", p.r_squared},
          {"empirical_model_size", p.empirical_model_size},
          {"empirical_loss", p.empirical_loss},
          {"at_edge", p.at_edge}};
}

}  // namespace

std::string ScalingLawsJson(const Fit& fit) {
  nlohmann::ordered_json out;
  out["n_opt_fit"] = LawOf(fit.n_opt);
  out["d_opt_fit"] = LawOf(fit.d_opt);
  out["l_opt_fit"] = LawOf(fit.l_opt);
  out["optimal_points"] = nlohmann::ordered_json::array();
  for (const OptimalPoint& point : fit.optimal_points)
    out["optimal_points"].push_back(PointOf(point));
  out["optimal_ratio"] = fit.optimal_ratio;
  out["fit_id"] = fit.id;
  out["sweep_id"] = fit.sweep_id;
  out["method"] = fit.method;
  out["loss_kind"] = fit.loss_kind;
  out["flop_count"] = fit.flop_count;
  out["runs_used"] = fit.runs_used;
  out["resamples"] = fit.resamples;
  out["confidence"] = fit.confidence;
  out["input_digest"] = fit.input_digest;
  out["warnings"] = fit.warnings;
  out["exclusions"] = nlohmann::ordered_json::array();
  for (const Exclusion& e : fit.exclusions) {
    out["exclusions"].push_back({{"compute_budget", e.compute_budget},
                                 {"experiment_id", e.experiment_id},
                                 {"reason", e.reason},
                                 {"at_edge", e.at_edge}});
  }
  out["leave_one_out"] = nlohmann::ordered_json::array();
  for (const LeaveOneOut& l : fit.leave_one_out) {
    out["leave_one_out"].push_back(
        {{"left_out_budget", l.left_out_budget}, {"exponent_a", l.exponent_a}});
  }
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace ff::results
