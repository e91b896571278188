// The named fields of a fit and its parts, for the visitors of json_fields.h, which find
// them by argument-dependent lookup.
#pragma once

#include "server/domain/fit.h"
#include "server/storage/sqlite/json_fields.h"

namespace ff {

template <typename V>
void Fields(V& v, Interval& i) {
  v("low", i.low), v("high", i.high);
}
template <typename V>
void Fields(V& v, PowerLaw& l) {
  v("name", l.name), v("coefficient_k", l.coefficient_k), v("exponent_a", l.exponent_a);
  v("r_squared", l.r_squared), v("k_ci", l.k_ci), v("a_ci", l.a_ci), v("formula", l.formula);
}
template <typename V>
void Fields(V& v, OptimalPoint& p) {
  v("budget_index", p.budget_index), v("compute_budget", p.compute_budget);
  v("model_size", p.model_size), v("num_tokens", p.num_tokens), v("final_loss", p.final_loss);
  v("runs", p.runs), v("model_size_ci", p.model_size_ci), v("c0", p.c0), v("c1", p.c1);
  v("c2", p.c2), v("r_squared", p.r_squared), v("empirical_model_size", p.empirical_model_size);
  v("empirical_loss", p.empirical_loss), v("at_edge", p.at_edge);
}
template <typename V>
void Fields(V& v, Exclusion& e) {
  v("compute_budget", e.compute_budget), v("experiment_id", e.experiment_id);
  v("reason", e.reason), v("at_edge", e.at_edge);
}
template <typename V>
void Fields(V& v, LeaveOneOut& l) {
  v("left_out_budget", l.left_out_budget), v("exponent_a", l.exponent_a);
}
template <typename V>
void Fields(V& v, Fit& f) {
  v("id", f.id), v("sweep_id", f.sweep_id), v("method", f.method), v("loss_kind", f.loss_kind);
  v("flop_count", f.flop_count), v("input_digest", f.input_digest), v("n_opt", f.n_opt);
  v("d_opt", f.d_opt), v("l_opt", f.l_opt), v("optimal_points", f.optimal_points);
  v("optimal_ratio", f.optimal_ratio), v("exclusions", f.exclusions), v("warnings", f.warnings);
  v("leave_one_out", f.leave_one_out), v("runs_used", f.runs_used), v("resamples", f.resamples);
  v("confidence", f.confidence), v("draws", f.draws), v("runs_digest", f.runs_digest);
  v("live", f.live);
}

}  // namespace ff
