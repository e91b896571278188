// What the columns of a results file are, told by their names. The first name of each list
// is the one to use; the others are met in the wild. Case does not matter. Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace ff::results {

enum class Role {
  kRunId,       // run_id, experiment_id, run, id
  kParameters,  // params_n, params, parameters, num_params, n_params, model_size, n
  kTokens,      // tokens_d, tokens, num_tokens, n_tokens, train_tokens, d
  kCompute,     // flops_c, flops, compute, total_flops, training_flops, c, compute_budget,
                // actual_flops
  kLoss,        // loss, final_loss, val_loss, validation_loss, final_val_loss, l
  kBudget,      // isoflop_budget, compute_budget, budget_flops (or as asked for)
  kStatus,      // status: rows that say failed or skipped are left out
  kMessage,     // error_message: why
  kStep,        // step, iteration, global_step: rows are points of training curves
};
inline constexpr int kRoles = 9;

// Names of a role, best first; lower case.
const std::vector<std::string>& NamesOf(Role role);

// The column that plays the role: that with the best name; of several with the same name the
// first. -1: none. `budget_column`, where not empty, is the one name of kBudget.
int FindColumn(Role role, const std::vector<std::string>& columns,
               const std::string& budget_column);

}  // namespace ff::results
