#include "server/coordinator/run_table.h"

#include <cmath>

namespace ff::coordinator {

RunTable TableOf(const std::vector<Experiment>& experiments, const std::string& loss_kind) {
  RunTable runs;
  for (const Experiment& e : experiments) {
    if (!e.result.has_value()) continue;
    const double held_out = e.result->final_val_loss;
    const bool training = loss_kind == "training" || !std::isfinite(held_out);
    runs.run_id.push_back(e.id);
    runs.parameters.push_back(static_cast<double>(e.plan.parameters));
    runs.tokens.push_back(static_cast<double>(e.plan.tokens));
    runs.compute.push_back(e.plan.flops);
    runs.budget.push_back(e.budget_flops);
    runs.loss.push_back(training ? e.result->final_train_loss : held_out);
  }
  return runs;
}

}  // namespace ff::coordinator
