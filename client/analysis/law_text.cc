#include "client/analysis/law_text.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/print/numbers.h"

namespace ff::client {
namespace {

bool IsSet(const v1::Interval& interval) {
  return std::isfinite(interval.low()) && std::isfinite(interval.high()) &&
         interval.low() != interval.high();
}

template <typename Format>
std::string Range(const v1::Interval& interval, Format format) {
  if (!IsSet(interval)) return "-";
  return absl::StrCat(format(interval.low()), " .. ", format(interval.high()));
}

std::string FourDigits(double x) { return Fixed(x, 4); }
std::string ThreeSignificant(double x) { return Scientific(x); }

// In log; 0 where there are none.
double Nearest(double compute, const std::vector<double>& budgets) {
  double best = 0;
  for (const double budget : budgets) {
    if (best == 0 || std::abs(std::log(budget / compute)) < std::abs(std::log(best / compute))) {
      best = budget;
    }
  }
  return best;
}

std::string Percent(double confidence) { return absl::StrCat(Shortest(100 * confidence, 3), " %"); }

}  // namespace

Table LawTable(const v1::Fit& fit) {
  const std::string level = Percent(fit.confidence());
  Table table({{"LAW"},
               {"EXPONENT", Align::kRight},
               {level},
               {"COEFFICIENT", Align::kRight},
               {level},
               {"R2", Align::kRight},
               {"FORMULA"}});
  for (const v1::PowerLaw* law : {&fit.n_opt(), &fit.d_opt(), &fit.l_opt()}) {
    table.Add({law->name(), NumberCell(law->exponent_a(), 4), Range(law->a_ci(), FourDigits),
               FlopsCell(law->coefficient_k()), Range(law->k_ci(), ThreeSignificant),
               NumberCell(law->r_squared(), 4), law->formula()});
  }
  return table;
}

Table OptimumTable(const v1::Fit& fit) {
  Table table({{"BUDGET", Align::kRight},
               {"N_OPT", Align::kRight},
               {Percent(fit.confidence())},
               {"D_OPT", Align::kRight},
               {"LOSS", Align::kRight},
               {"D/N", Align::kRight},
               {"BEST RUN N", Align::kRight},
               {"BEST LOSS", Align::kRight},
               {"RUNS", Align::kRight}});
  for (const v1::OptimalPoint& point : fit.optimal_points()) {
    const double ratio = point.num_tokens() / point.model_size();
    table.Add({FlopsCell(point.compute_budget()),
               CountCell(point.model_size()),
               Range(point.model_size_ci(), HumanCount),
               CountCell(point.num_tokens()),
               NumberCell(point.final_loss(), 4),
               {Scientific(ratio), Exact(ratio)},
               CountCell(point.empirical_model_size()),
               NumberCell(point.empirical_loss(), 4),
               std::to_string(point.runs())});
  }
  return table;
}

Table PredictionTable(const v1::PredictResponse& response) {
  Table table({{"COMPUTE", Align::kRight},
               {"N", Align::kRight},
               {"N INTERVAL"},
               {"D", Align::kRight},
               {"D INTERVAL"},
               {"LOSS", Align::kRight},
               {"LOSS INTERVAL"},
               {"D/N", Align::kRight},
               {"D/N INTERVAL"},
               {"BEYOND", Align::kRight},
               {"BY"}});
  const auto add = [&table](const v1::Prediction& p, const std::string& method) {
    const double beyond = p.extrapolation();
    table.Add({FlopsCell(p.target_compute()),
               CountCell(p.optimal_params()),
               Range(p.params_ci(), HumanCount),
               CountCell(p.optimal_tokens()),
               Range(p.tokens_ci(), HumanCount),
               NumberCell(p.expected_loss(), 4),
               Range(p.loss_ci(), FourDigits),
               {Scientific(p.tokens_per_param()), Exact(p.tokens_per_param())},
               Range(p.tokens_per_param_ci(), ThreeSignificant),
               {beyond > 1.001 ? absl::StrCat(Scientific(beyond), "x") : "", Exact(beyond)},
               method});
  };
  if (response.by_method().empty()) {
    for (const v1::Prediction& p : response.predictions()) add(p, "");
  }
  // Approaches of one target stand under each other.
  for (int i = 0; i < response.predictions_size(); ++i) {
    for (const v1::MethodPredictions& method : response.by_method()) {
      if (i < method.predictions_size()) add(method.predictions(i), method.method());
    }
  }
  return table;
}

std::string PredictionNotes(const v1::PredictResponse& response) {
  std::string text;
  double farthest = 0, target = 0;
  for (const v1::Prediction& p : response.predictions()) {
    if (p.extrapolation() > farthest) farthest = p.extrapolation(), target = p.target_compute();
  }
  constexpr double kFar = 10;
  if (farthest > kFar * 1.001) {
    absl::StrAppend(
        &text, "note: ", Scientific(target), " FLOPs is ", Scientific(farthest),
        " times the largest compute measured; intervals hold only while the law does\n");
  }
  std::set<std::string> said;  // an amount of compute may be asked for twice
  for (const std::string& disagreement : response.disagreements()) {
    if (!said.insert(disagreement).second) continue;
    absl::StrAppend(&text, "warning: ", disagreement, "\n");
  }
  return text;
}

std::string FitNotes(const v1::Fit& fit) {
  std::string text = absl::StrCat(
      "isoflop: method ", fit.method(), ", ", fit.loss_kind(), " loss, ", fit.runs_used(),
      " runs, ", fit.flop_count(), fit.flop_count().empty() ? "" : " FLOPs, ",
      Percent(fit.confidence()), " intervals from ", fit.resamples(),
      " resamples; tokens per parameter at the optimum: ", Scientific(fit.optimal_ratio()), "\n");
  for (const v1::Exclusion& exclusion : fit.exclusions()) {
    absl::StrAppend(
        &text, "left out: ", Scientific(exclusion.compute_budget()),
        exclusion.experiment_id().empty() ? " (whole budget)" : " " + exclusion.experiment_id(),
        ": ", exclusion.reason(), "\n");
  }
  for (const v1::LeaveOneOut& one : fit.leave_one_out()) {
    absl::StrAppend(&text, "without ", Scientific(one.left_out_budget()),
                    " the exponent of N_opt is ", Fixed(one.exponent_a(), 4), "\n");
  }
  return text;
}

std::string PredictionSentence(const v1::Prediction& p, double confidence) {
  std::string text =
      absl::StrCat("At ", Scientific(p.target_compute()),
                   " FLOPs: ", HumanCount(p.optimal_params()), " parameters on ",
                   HumanCount(p.optimal_tokens()), " tokens (", Scientific(p.tokens_per_param()),
                   " a parameter), expected loss ", Fixed(p.expected_loss(), 4), " nats a token");
  if (IsSet(p.loss_ci())) {
    absl::StrAppend(&text, " (", Percent(confidence), ": ", Range(p.loss_ci(), FourDigits), ")");
  }
  if (p.extrapolation() > 1.001) {
    absl::StrAppend(&text, ", ", Scientific(p.extrapolation()),
                    " times the largest budget measured");
  }
  return text + ".";
}

double LargestCompute(const v1::Fit& fit) {
  double largest = 0;
  for (const v1::OptimalPoint& point : fit.optimal_points()) {
    largest = std::max(largest, point.compute_budget());
  }
  if (largest > 0) return largest;
  for (const v1::EnvelopePoint& point : fit.envelope().points()) {
    largest = std::max(largest, point.flops());
  }
  return std::max(largest, fit.surface().largest_compute());
}

std::vector<double> ComputesOfInterest(const v1::Fit& fit) {
  std::vector<double> computes;
  for (const v1::OptimalPoint& point : fit.optimal_points()) {
    computes.push_back(point.compute_budget());
  }
  for (const double factor : {10.0, 100.0, 1000.0})
    computes.push_back(factor * LargestCompute(fit));
  return computes;
}

std::string IsoflopsCsv(const v1::Fit& fit,
                        const google::protobuf::RepeatedPtrField<v1::Experiment>& experiments) {
  std::set<std::string> left_out;
  std::set<double> budgets_left_out;
  std::vector<double> planned;  // budgets, of which a fit's compute is the mean of the runs'
  for (const v1::Experiment& experiment : experiments) {
    planned.push_back(experiment.budget_flops());
  }
  for (const v1::Exclusion& exclusion : fit.exclusions()) {
    if (exclusion.experiment_id().empty()) {
      budgets_left_out.insert(Nearest(exclusion.compute_budget(), planned));
    } else {
      left_out.insert(exclusion.experiment_id());
    }
  }
  std::string text = "compute_budget,model_size,num_tokens,final_loss,experiment_id\n";
  for (const v1::Experiment& experiment : experiments) {
    const v1::Result& result = experiment.result();
    const double loss =
        fit.loss_kind() == "training" ? result.final_train_loss() : result.final_val_loss();
    const bool used = experiment.state() == v1::EXPERIMENT_STATE_FINISHED && std::isfinite(loss) &&
                      left_out.count(experiment.id()) == 0 &&
                      budgets_left_out.count(experiment.budget_flops()) == 0;
    if (!used) continue;
    absl::StrAppend(&text, Exact(experiment.budget_flops()), ",", result.parameters(), ",",
                    result.tokens(), ",", Exact(loss), ",", experiment.id(), "\n");
  }
  return text;
}

std::string NextPlannerYaml(const v1::Fit& fit, const v1::Prediction& at_largest,
                            const v1::Prediction& at_end) {
  constexpr double kWidth = 8;
  const double exponent = std::clamp(fit.n_opt().exponent_a(), 0.1, 0.9);
  const std::string flop_count = fit.flop_count().empty() ? "six_nd" : fit.flop_count();
  return absl::StrCat(
      "# A sweep from ", Scientific(at_largest.target_compute()), " to ",
      Scientific(at_end.target_compute()), " FLOP, its sizes centred on the law",
      fit.id().empty() ? "" : " of fit ", fit.id(), ":\n#   ", fit.n_opt().formula(),
      "\n# ffctl plan --config THIS_FILE (and the preset of before)\n",
      "compute:\n  min_flops: ", Exact(at_largest.target_compute()),
      "\n  max_flops: ", Exact(at_end.target_compute()), "\n  flop_count: ", flop_count,
      "\nmodel:\n  grid: centred\n  tokens_per_param: ", Shortest(at_largest.tokens_per_param(), 6),
      "\n  exponent: ", Shortest(exponent, 6), "\n  width: ", kWidth,
      "\n  min_size: ", Shortest(at_largest.optimal_params() / kWidth, 4),
      "\n  max_size: ", Shortest(at_end.optimal_params() * kWidth, 4), "\n");
}

}  // namespace ff::client
