// What the columns of a results file are, told by their names or by who reads it. The first
// name of each list is the one to use; the others are met in the wild. Case does not matter,
// nor what parts the words of a name ("Model Size" is model_size). Pure; thread-safe.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ff::results {

enum class Role {
  kRunId,       // run_id, ...
  kParameters,  // params_n, ...
  kTokens,      // tokens_d, ...
  kCompute,     // flops_c, ...
  kLoss,        // loss, ...: nats a token
  kBudget,      // isoflop_budget, compute_budget, budget_flops (or as asked for)
  kStatus,      // status: rows that say failed or skipped are left out
  kMessage,     // error_message: why
  kStep,        // step, ...: rows are points of training curves
};
inline constexpr int kRoles = 9;

// Names of a role, best first; lower case, words parted by "_".
const std::vector<std::string>& NamesOf(Role role);

// The column that plays the role: that with the best name; of several with the same name the
// first. -1: none.
int FindColumn(Role role, const std::vector<std::string>& columns);

// A column called by its name, written exactly so or as names of roles are told. -1: none.
int FindByName(absl::string_view name, const std::vector<std::string>& columns);

// A column asked for: "ROLE=NAME", where ROLE is any name of a role and NAME is a column,
// NAME*FACTOR for one in another unit, or ln(NAME) for a loss that is a perplexity.
struct AskedColumn {
  Role role = Role::kLoss;
  std::string text;  // behind the "="
};
// INVALID_ARGUMENT: no "=", or no such role; lists the roles.
absl::StatusOr<AskedColumn> ParseAskedColumn(absl::string_view word);

// A column and what its numbers are to be taken as.
struct ColumnUse {
  int index = -1;  // -1: there is no such column
  double factor = 1;
  bool logarithm = false;  // before the factor

  double Of(double value) const;
};
// A column whose name is all of the text wins over a formula. INVALID_ARGUMENT: neither, which
// lists the columns.
absl::StatusOr<ColumnUse> FindAskedColumn(const AskedColumn& asked,
                                          const std::vector<std::string>& columns);

// "column x", "column x times 1e+06", "ln of column x".
std::string WordsOf(const ColumnUse& use, const std::vector<std::string>& columns);

}  // namespace ff::results
