#include "server/coordinator/best_rates.h"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_format.h"

namespace ff::coordinator {
namespace {

// Infinity: it has none to compare.
double LossOf(const Experiment& e, bool training) {
  if (!e.result.has_value()) return std::numeric_limits<double>::infinity();
  const double loss = training ? e.result->final_train_loss : e.result->final_val_loss;
  return std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity();
}

// The same for plans that differ in their rate alone.
std::pair<int, std::string> CellOf(const Experiment& e) {
  Plan plan = e.plan;
  plan.learning_rate = 0;
  return {e.budget_index, ExperimentId(plan)};
}

}  // namespace

std::vector<ExcludedRun> KeepBestRates(const std::string& loss_kind,
                                       std::vector<Experiment>* experiments) {
  const bool training = loss_kind == "training";
  std::map<std::pair<int, std::string>, std::pair<double, double>> best;  // loss, rate
  for (const Experiment& e : *experiments) {
    const double loss = LossOf(e, training);
    const auto [place, is_new] = best.try_emplace(CellOf(e), loss, e.plan.learning_rate);
    if (!is_new && loss < place->second.first) place->second = {loss, e.plan.learning_rate};
  }
  std::vector<ExcludedRun> excluded;
  if (best.size() == experiments->size()) return excluded;
  std::vector<Experiment> kept;
  for (Experiment& e : *experiments) {
    const auto [loss, rate] = best.at(CellOf(e));
    if (!std::isfinite(loss) || rate == e.plan.learning_rate) {
      kept.push_back(std::move(e));
    } else {
      excluded.push_back({e.id, absl::StrFormat("learning rate %g: %g did better at this size",
                                                e.plan.learning_rate, rate)});
    }
  }
  *experiments = std::move(kept);
  return excluded;
}

}  // namespace ff::coordinator
