#include "server/convert/fit.h"

#include "server/convert/time.h"

namespace ff::convert {
namespace {

v1::Exclusion ToProto(const Exclusion& exclusion) {
  v1::Exclusion proto;
  proto.set_compute_budget(exclusion.compute_budget);
  proto.set_experiment_id(exclusion.experiment_id);
  proto.set_reason(exclusion.reason);
  proto.set_at_edge(exclusion.at_edge);
  return proto;
}

v1::LeaveOneOut ToProto(const LeaveOneOut& left_out) {
  v1::LeaveOneOut proto;
  proto.set_left_out_budget(left_out.left_out_budget);
  proto.set_exponent_a(left_out.exponent_a);
  return proto;
}

}  // namespace

v1::Interval ToProto(const Interval& interval) {
  v1::Interval proto;
  proto.set_low(interval.low);
  proto.set_high(interval.high);
  return proto;
}

v1::PowerLaw ToProto(const PowerLaw& law) {
  v1::PowerLaw proto;
  proto.set_name(law.name);
  proto.set_coefficient_k(law.coefficient_k);
  proto.set_exponent_a(law.exponent_a);
  proto.set_r_squared(law.r_squared);
  *proto.mutable_k_ci() = ToProto(law.k_ci);
  *proto.mutable_a_ci() = ToProto(law.a_ci);
  proto.set_formula(law.formula);
  return proto;
}

v1::OptimalPoint ToProto(const OptimalPoint& point) {
  v1::OptimalPoint proto;
  proto.set_budget_index(point.budget_index);
  proto.set_compute_budget(point.compute_budget);
  proto.set_model_size(point.model_size);
  proto.set_num_tokens(point.num_tokens);
  proto.set_final_loss(point.final_loss);
  proto.set_runs(point.runs);
  *proto.mutable_model_size_ci() = ToProto(point.model_size_ci);
  proto.set_c0(point.c0);
  proto.set_c1(point.c1);
  proto.set_c2(point.c2);
  proto.set_r_squared(point.r_squared);
  proto.set_empirical_model_size(point.empirical_model_size);
  proto.set_empirical_loss(point.empirical_loss);
  proto.set_at_edge(point.at_edge);
  return proto;
}

v1::Fit ToProto(const Fit& fit) {
  v1::Fit proto;
  proto.set_id(fit.id);
  proto.set_sweep_id(fit.sweep_id);
  proto.set_method(fit.method);
  if (IsKnown(fit.created_at)) *proto.mutable_created_at() = ToProto(fit.created_at);
  *proto.mutable_n_opt() = ToProto(fit.n_opt);
  *proto.mutable_d_opt() = ToProto(fit.d_opt);
  *proto.mutable_l_opt() = ToProto(fit.l_opt);
  for (const OptimalPoint& point : fit.optimal_points) *proto.add_optimal_points() = ToProto(point);
  proto.set_optimal_ratio(fit.optimal_ratio);
  for (const Exclusion& exclusion : fit.exclusions) *proto.add_exclusions() = ToProto(exclusion);
  for (const std::string& warning : fit.warnings) proto.add_warnings(warning);
  for (const LeaveOneOut& one : fit.leave_one_out) *proto.add_leave_one_out() = ToProto(one);
  proto.set_runs_used(fit.runs_used);
  proto.set_resamples(fit.resamples);
  proto.set_confidence(fit.confidence);
  proto.set_loss_kind(fit.loss_kind);
  proto.set_flop_count(fit.flop_count);
  proto.mutable_draws()->Add(fit.draws.begin(), fit.draws.end());
  proto.set_input_digest(fit.input_digest);
  proto.set_live(fit.live);
  return proto;
}

v1::Prediction ToProto(const Prediction& prediction) {
  v1::Prediction proto;
  proto.set_target_compute(prediction.target_compute);
  proto.set_optimal_params(prediction.optimal_params);
  proto.set_optimal_tokens(prediction.optimal_tokens);
  proto.set_expected_loss(prediction.expected_loss);
  proto.set_tokens_per_param(prediction.tokens_per_param);
  *proto.mutable_params_ci() = ToProto(prediction.params_ci);
  *proto.mutable_tokens_ci() = ToProto(prediction.tokens_ci);
  *proto.mutable_loss_ci() = ToProto(prediction.loss_ci);
  proto.set_extrapolation(prediction.extrapolation);
  *proto.mutable_tokens_per_param_ci() = ToProto(prediction.tokens_per_param_ci);
  return proto;
}

AnalysisOptions ProfileOptions(const v1::AnalyzerConfig& config) {
  return {.method = config.fitting().method(),
          .min_r_squared = config.fitting().min_r_squared(),
          .robust = config.fitting().robust(),
          .enforce_monotonic = config.fitting().enforce_monotonic(),
          .loss_kind = config.fitting().loss(),
          .resamples = config.bootstrap().resamples(),
          .confidence = config.bootstrap().confidence(),
          .seed = static_cast<uint64_t>(config.bootstrap().seed()),
          .leave_one_out = config.validation().leave_one_out(),
          .expected_exponent = config.validation().expected_exponent(),
          .exponent_tolerance = config.validation().exponent_tolerance()};
}

}  // namespace ff::convert
