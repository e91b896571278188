#include "server/results/columns.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace ff::results {

const std::vector<std::string>& NamesOf(Role role) {
  static const auto* const kNames = new std::array<std::vector<std::string>, kRoles>{{
      {"run_id", "experiment_id", "run", "id"},
      {"params_n", "params", "parameters", "num_params", "n_params", "model_size", "n"},
      {"tokens_d", "tokens", "num_tokens", "n_tokens", "train_tokens", "d"},
      // flops-fit's own law is in compute_budget, so that wins over its actual_flops.
      {"flops_c", "flops", "compute", "total_flops", "training_flops", "c", "compute_budget",
       "actual_flops"},
      {"loss", "final_loss", "val_loss", "validation_loss", "final_val_loss", "l"},
      {"isoflop_budget", "compute_budget", "budget_flops"},
      {"status"},
      {"error_message"},
      {"step", "iteration", "global_step"},
  }};
  return (*kNames)[static_cast<size_t>(role)];
}

int FindColumn(Role role, const std::vector<std::string>& columns,
               const std::string& budget_column) {
  const auto find = [&columns](absl::string_view name) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(columns[i]), name)) {
        return static_cast<int>(i);
      }
    }
    return -1;
  };
  if (role == Role::kBudget && !budget_column.empty()) return find(budget_column);
  for (const std::string& name : NamesOf(role)) {
    if (const int found = find(name); found >= 0) return found;
  }
  return -1;
}

}  // namespace ff::results
