#include "server/scaling/law_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/scaling/law_bootstrap.h"
#include "server/scaling/law_checks.h"
#include "server/scaling/law_problem.h"
#include "server/scaling/law_search.h"
#include "server/scaling/power_law.h"
#include "server/scaling/run_screening.h"
#include "server/scaling/solve.h"

namespace ff::scaling {
namespace {

constexpr size_t kMostSearchedRuns = 2000;
constexpr size_t kScreenedRuns = 1000;
constexpr double kSameObjective = 1e-6;
constexpr size_t kPolishedBasins = 4;

// Evenly over the order of C, ends included.
RunTable SpreadSample(const RunTable& table) {
  std::vector<size_t> order(table.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return table.compute[a] < table.compute[b]; });
  std::vector<size_t> rows;
  for (size_t i = 0; i < kScreenedRuns; ++i) {
    rows.push_back(order[i * (order.size() - 1) / (kScreenedRuns - 1)]);
  }
  return SubTable(table, rows);
}

// Basins on the sample, polished on all runs.
void Transfer(const LawProblem& from, const LawProblem& to, LawObjective* objective,
              LocalOptimum* optimum) {
  optimum->parameters = to.ToInternal(from.ToPublic(optimum->parameters.data()));
  PolishOptimum(to, objective, optimum);
}

struct Searched {
  std::vector<LocalOptimum> basins;  // lowest first
  SearchReport report;
};

absl::StatusOr<Searched> Search(const RunTable& table, const LawProblem& problem,
                                const LawOptions& options) {
  Searched searched;
  const bool large = table.size() > kMostSearchedRuns;
  LawProblem sample = problem;
  if (large) {
    auto made = LawProblem::Make(SpreadSample(table), options);
    // A sample may miss a rare group; the search then runs on everything.
    if (made.ok() && made->names() == problem.names()) {
      sample = *std::move(made);
      searched.report.screened_on = kScreenedRuns;
    }
  }
  std::optional<LocalOptimum> projection = SearchProjection(sample, options.threads);
  absl::StatusOr<GridSearch> grid = GridSearch{};
  if (options.grid || !projection) {
    grid = SearchGrid(sample, options.threads);
    if (!grid.ok()) return grid.status();
  } else {
    grid->basins.push_back(*projection);
  }
  const auto objective = problem.MakeObjective({});
  if (searched.report.screened_on > 0) {
    if (grid->basins.size() > kPolishedBasins) grid->basins.resize(kPolishedBasins);
    for (LocalOptimum& one : grid->basins) Transfer(sample, problem, objective.get(), &one);
    if (projection) Transfer(sample, problem, objective.get(), &*projection);
    std::sort(grid->basins.begin(), grid->basins.end(),
              [](const auto& a, const auto& b) { return a.value < b.value; });
  }
  // Ceres, from where the grid led; its answer counts where it is the lower one.
  objective->set_delta(problem.delta());
  LocalOptimum& best = grid->basins[0];
  LocalOptimum confirmed = best;
  const auto value = PolishWithCeres(*objective, confirmed.parameters.data());
  if (!value.ok()) return value.status();
  if (*value < best.value) best = {*value, confirmed.parameters};
  searched.report.starts = grid->starts;
  searched.report.starts_at_best = grid->at_best;
  searched.report.basins = static_cast<int>(grid->basins.size());
  searched.report.grid_objective = problem.PublishedObjective(best.value);
  searched.report.projection_objective =
      projection ? problem.PublishedObjective(projection->value) : NAN;
  searched.basins = std::move(grid->basins);
  if (projection) {
    const double low = std::min(projection->value, searched.basins[0].value);
    const double high = std::max(projection->value, searched.basins[0].value);
    searched.report.agree = high - low <= kSameObjective * low + 1e-15;
    if (projection->value < searched.basins[0].value) {
      searched.basins.insert(searched.basins.begin(), *std::move(projection));
    }
  }
  return searched;
}

void Describe(const RunTable& table, const LawProblem& problem, const LocalOptimum& best,
              LawFit* fit) {
  const std::vector<double> values = problem.ToPublic(best.parameters.data());
  for (size_t i = 0; i < values.size(); ++i) {
    fit->parameters.push_back({problem.names()[i], values[i], 0, {}});
  }
  fit->objective = problem.PublishedObjective(best.value);
  const auto exponents = ExponentsOf(problem.family(), values.data(), values.size());
  fit->n_opt_exponent = exponents.n;
  fit->d_opt_exponent = exponents.d;
  fit->runs = static_cast<int>(table.size());
  fit->smallest_compute = *std::min_element(table.compute.begin(), table.compute.end());
  fit->largest_compute = *std::max_element(table.compute.begin(), table.compute.end());
  std::vector<double> ratios;
  for (size_t i = 0; i < table.size(); ++i) {
    ratios.push_back(table.compute[i] / (table.parameters[i] * table.tokens[i]));
  }
  const double ratio = Median(std::move(ratios));
  fit->flops_per_param_token = std::abs(ratio / 6 - 1) < 1e-3 ? 6 : ratio;
}

// R squared and the robust scatter, both of ln L.
void Scatter(const RunTable& table, const LawProblem& problem, const LocalOptimum& best,
             LawFit* fit) {
  std::vector<double> residuals = problem.Residuals(best.parameters.data());
  double mean = 0, residual = 0, total = 0;
  const std::vector<double> logs = Log(table.loss);
  for (const double value : logs) mean += value / static_cast<double>(logs.size());
  size_t beyond = 0;
  for (size_t i = 0; i < residuals.size(); ++i) {
    beyond += std::abs(residuals[i]) > problem.delta();
    if (problem.linear()) residuals[i] = std::log1p(residuals[i] / table.loss[i]);
    residual += residuals[i] * residuals[i];
    total += (logs[i] - mean) * (logs[i] - mean);
    residuals[i] = std::abs(residuals[i]);
  }
  fit->r_squared = total > 0 ? 1 - residual / total : 1;
  // Parameters take their share of the scatter with them.
  const double rows = static_cast<double>(table.size());
  const double free = std::max(1.0, rows - static_cast<double>(fit->parameters.size()));
  fit->noise_sd = 1.4826 * Median(std::move(residuals)) * std::sqrt(rows / free);
  if (problem.loss() == LossFunction::kHuber) {
    fit->notes.push_back(absl::StrFormat(
        "robust: Huber's loss, delta %g; %d of %d runs lie beyond it and count by their distance, "
        "not its square",
        problem.delta(), beyond, table.size()));
  } else if (problem.loss() == LossFunction::kLad) {
    fit->notes.push_back("robust: least absolute deviations");
  }
  if (fit->search.screened_on > 0) {
    fit->notes.push_back(absl::StrFormat(
        "the grid was searched on %d of %d runs, evenly spread over compute, and its optima "
        "polished on all",
        fit->search.screened_on, table.size()));
  }
}

}  // namespace

absl::StatusOr<LawFit> FitLaw(const RunTable& table, const LawOptions& options,
                              const BudgetGroups* groups) {
  const auto problem = LawProblem::Make(table, options);
  if (!problem.ok()) return problem.status();
  if (options.unit == ResampleUnit::kBudgets && options.resamples > 0 &&
      (groups == nullptr || groups->compute.size() < 3 || groups->of_run.size() != table.size())) {
    return absl::FailedPreconditionError(
        "resampling budgets needs three budgets or more; resample runs instead");
  }
  const auto searched = Search(table, *problem, options);
  if (!searched.ok()) return searched.status();
  const LocalOptimum& best = searched->basins[0];
  LawFit fit;
  fit.family = options.family;
  fit.loss = options.loss;
  fit.huber_delta = options.loss == LossFunction::kHuber ? options.huber_delta : 0;
  fit.search = searched->report;
  Describe(table, *problem, best, &fit);
  Scatter(table, *problem, best, &fit);
  fit.not_identifiable = WhyNotIdentifiable(table, *problem, best.parameters.data());
  fit.identifiable = fit.not_identifiable.empty();
  AddLawBootstrap(*problem, searched->basins, options, groups, &fit);
  if (absl::Status status = AddLawChecks(options, &fit); !status.ok()) return status;
  return fit;
}

}  // namespace ff::scaling
