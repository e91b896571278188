#include "server/results/columns.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/results/number.h"

namespace ff::results {
namespace {

constexpr double kNatsABit = 0.69314718055994531;

// "Model Size", "model-size" and "val/loss" as model_size, model_size and val_loss.
std::string Canonical(absl::string_view name) {
  std::string words;
  for (const char c : absl::StripAsciiWhitespace(name)) {
    const bool letter = absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0;
    words.push_back(letter ? absl::ascii_tolower(static_cast<unsigned char>(c)) : '_');
  }
  return words;
}

std::optional<double> Factor(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (absl::EqualsIgnoreCase(text, "ln2")) return kNatsABit;
  const std::optional<double> number = ParseNumber(text);
  if (!number || !(*number > 0) || !std::isfinite(*number)) return std::nullopt;
  return number;
}

}  // namespace

const std::vector<std::string>& NamesOf(Role role) {
  static const auto* const kNames = new std::array<std::vector<std::string>, kRoles>{{
      {"run_id", "experiment_id", "run", "id", "run_name"},
      {"params_n", "params", "parameters", "num_params", "n_params", "model_size", "n",
       "num_parameters", "parameter_count", "param_count", "nparams", "total_params"},
      {"tokens_d", "tokens", "num_tokens", "n_tokens", "train_tokens", "d", "training_tokens",
       "tokens_seen", "total_tokens", "token_count"},
      // flops-fit's own law is in compute_budget, so that wins over its actual_flops.
      {"flops_c", "flops", "compute", "total_flops", "training_flops", "c", "compute_budget",
       "actual_flops", "training_flop", "train_flops", "flop", "total_compute"},
      {"loss", "final_loss", "val_loss", "validation_loss", "final_val_loss", "l", "eval_loss",
       "test_loss", "cross_entropy", "cross_entropy_loss", "smooth_loss", "train_loss",
       "training_loss", "final_train_loss"},
      {"isoflop_budget", "compute_budget", "budget_flops"},
      {"status"},
      {"error_message"},
      {"step", "iteration", "global_step", "_step"},
  }};
  return (*kNames)[static_cast<size_t>(role)];
}

int FindByName(absl::string_view name, const std::vector<std::string>& columns) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (absl::StripAsciiWhitespace(columns[i]) == name) return static_cast<int>(i);
  }
  const std::string canonical = Canonical(name);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (Canonical(columns[i]) == canonical) return static_cast<int>(i);
  }
  return -1;
}

int FindColumn(Role role, const std::vector<std::string>& columns) {
  std::vector<std::string> canonical;
  canonical.reserve(columns.size());
  for (const std::string& column : columns) canonical.push_back(Canonical(column));
  for (const std::string& name : NamesOf(role)) {
    const auto found = std::find(canonical.begin(), canonical.end(), name);
    if (found != canonical.end()) return static_cast<int>(found - canonical.begin());
  }
  return -1;
}

absl::StatusOr<AskedColumn> ParseAskedColumn(absl::string_view word) {
  const size_t equals = word.find('=');
  const std::string name = Canonical(word.substr(0, equals));
  std::vector<std::string> roles;
  roles.reserve(kRoles);
  for (int i = 0; i < kRoles; ++i) {
    const auto role = static_cast<Role>(i);
    roles.push_back(role == Role::kBudget ? "budget" : NamesOf(role)[0]);
    if (equals == absl::string_view::npos || equals + 1 == word.size()) continue;
    bool is_it = name == roles.back();
    // compute_budget is a name of two roles; the amount of compute is the first.
    for (const std::string& one : NamesOf(role)) is_it = is_it || one == name;
    if (is_it) return AskedColumn{role, std::string(word.substr(equals + 1))};
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", word, "' is no ROLE=COLUMN; the roles are ", absl::StrJoin(roles, ", ")));
}

double ColumnUse::Of(double value) const { return factor * (logarithm ? std::log(value) : value); }

absl::StatusOr<ColumnUse> FindAskedColumn(const AskedColumn& asked,
                                          const std::vector<std::string>& columns) {
  absl::string_view text = absl::StripAsciiWhitespace(asked.text);
  ColumnUse use;
  use.index = FindByName(text, columns);
  if (use.index >= 0) return use;
  const size_t star = text.rfind('*');
  if (star != absl::string_view::npos) {
    const std::optional<double> factor = Factor(text.substr(star + 1));
    if (!factor) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text.substr(star + 1), "' in '", text,
                       "' is no factor: a number above 0, or ln2 for bits into nats"));
    }
    use.factor = *factor;
    text = absl::StripAsciiWhitespace(text.substr(0, star));
    use.index = FindByName(text, columns);
  }
  absl::string_view inner = text;
  if (use.index < 0 && absl::ConsumePrefix(&inner, "ln(") && absl::ConsumeSuffix(&inner, ")")) {
    use.logarithm = true;
    text = absl::StripAsciiWhitespace(inner);
    use.index = FindByName(text, columns);
  }
  if (use.index >= 0) return use;
  const std::string what = asked.role == Role::kBudget ? "budgets" : NamesOf(asked.role)[0];
  return absl::InvalidArgumentError(
      absl::StrCat("no column '", text, "' to take ", what,
                   " from; the columns are: ", absl::StrJoin(columns, ", ")));
}

std::string WordsOf(const ColumnUse& use, const std::vector<std::string>& columns) {
  return absl::StrCat(use.logarithm ? "ln of " : "", "column ",
                      absl::StripAsciiWhitespace(columns[static_cast<size_t>(use.index)]),
                      use.factor == 1 ? "" : absl::StrCat(" times ", use.factor));
}

}  // namespace ff::results
