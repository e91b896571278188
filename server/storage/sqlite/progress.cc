#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "server/storage/sqlite/session.h"
#include "server/storage/sqlite/words.h"

namespace ff::storage {
namespace {

int& CountOf(StateCounts& counts, ExperimentState state) {
  switch (state) {
    case ExperimentState::kWaiting:
      return counts.waiting;
    case ExperimentState::kLeased:
      return counts.leased;
    case ExperimentState::kRunning:
      return counts.running;
    case ExperimentState::kFinished:
      return counts.finished;
    case ExperimentState::kFailed:
      return counts.failed;
    case ExperimentState::kCancelled:
      break;
  }
  return counts.cancelled;
}

// One row an experiment state of a budget; the running share of a lease is step / steps.
constexpr char kByBudget[] =
    "SELECT e.budget_index, e.budget_flops, e.state, count(*), total(e.flops),"
    " total(CASE WHEN a.id IS NOT NULL AND e.steps > 0"
    "   THEN e.flops * min(a.step, e.steps) / e.steps END),"
    " total(CASE WHEN a.state = 'running' AND e.tokens > 0"
    "   THEN a.tokens_per_second * e.flops / e.tokens END)"
    " FROM sweeps s JOIN experiments e ON e.sweep = s.key"
    " LEFT JOIN attempts a ON a.id = e.current_attempt"
    " WHERE s.id = ? GROUP BY e.budget_index, e.state ORDER BY e.budget_index";

// An attempt under way has held its slot until its worker was last heard of.
constexpr char kHeld[] =
    "SELECT total(max(coalesce(a.ended_at, w.last_seen) - a.started_at, 0)) / 1e6"
    " FROM sweeps s JOIN experiments e ON e.sweep = s.key JOIN attempts a ON a.experiment = e.key"
    " JOIN workers w ON w.id = a.worker WHERE s.id = ?";

// Time in which a GPU was held by any attempt of the sweep: one adds what lies beyond the latest
// end of those that began before it on the same GPU.
constexpr char kHeldGpus[] =
    "WITH held AS (SELECT a.worker, a.device, a.started_at AS began,"
    "   max(coalesce(a.ended_at, w.last_seen), a.started_at) AS ended"
    "   FROM sweeps s JOIN experiments e ON e.sweep = s.key JOIN attempts a ON a.experiment = e.key"
    "   JOIN workers w ON w.id = a.worker WHERE s.id = ? AND a.device LIKE 'cuda%'),"
    " placed AS (SELECT began, ended, max(ended) OVER (PARTITION BY worker, device"
    "   ORDER BY began, ended ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM "
    "held)"
    " SELECT total(max(ended - max(began, coalesce(before, began)), 0)) / 1e6 FROM placed";

constexpr char kResults[] =
    "SELECT e.budget_index, coalesce(r.final_val_loss, r.final_train_loss), r.parameters,"
    " r.flops, r.train_seconds, r.imported OR r.from_sweep <> ''"
    " FROM sweeps s JOIN experiments e ON e.sweep = s.key JOIN results r ON r.experiment = e.key"
    " WHERE s.id = ?";

}  // namespace

absl::StatusOr<SweepProgress> Session::GetProgress(const std::string& sweep_id) {
  SweepProgress progress;
  std::map<int, BudgetProgress> budgets;
  Statement row(*db_, kByBudget);
  row.Bind(sweep_id);
  while (row.Next()) {
    const int index = static_cast<int>(row.Int());
    BudgetProgress& budget = budgets[index];
    budget.budget_index = index;
    budget.budget_flops = row.Real();
    const ExperimentState state = ExperimentStateOf(row.Text());
    CountOf(budget.counts, state) = static_cast<int>(row.Int());
    const double flops = row.Real(), running = row.Real();
    progress.total_flops += flops;
    if (state <= ExperimentState::kRunning) progress.open_flops += flops - running;
    progress.done_flops += state == ExperimentState::kFinished ? flops : running;
    progress.running_flops_per_second += row.Real();
  }
  if (!row.status().ok()) return row.status();
  for (auto& [index, budget] : budgets) budget.best_loss = std::numeric_limits<double>::quiet_NaN();

  Statement result(*db_, kResults);
  result.Bind(sweep_id);
  while (result.Next()) {
    BudgetProgress& budget = budgets[static_cast<int>(result.Int())];
    const double loss = result.Real();
    const double parameters = static_cast<double>(result.Int());
    const double flops = result.Real(), seconds = result.Real();
    if (!result.Bool() && seconds > 0) {
      progress.finished_flops += flops;
      progress.finished_seconds += seconds;
    }
    if (std::isnan(loss) || loss >= budget.best_loss) continue;
    budget.best_loss = loss;
    budget.best_parameters = parameters;
  }
  if (!result.status().ok()) return result.status();
  Statement held(*db_, kHeld);
  held.Bind(sweep_id);
  if (held.Next()) progress.held_seconds = held.Real();
  if (!held.status().ok()) return held.status();
  Statement gpus(*db_, kHeldGpus);
  gpus.Bind(sweep_id);
  if (gpus.Next()) progress.gpu_seconds = gpus.Real();
  if (!gpus.status().ok()) return gpus.status();
  for (auto& [index, budget] : budgets) progress.budgets.push_back(budget);
  return progress;
}

absl::StatusOr<int> Session::CountOpen(const std::string& sweep_id) {
  Statement row(*db_,
                "SELECT l.waiting + l.in_flight FROM sweeps s JOIN sweep_load l ON l.sweep = s.key"
                " WHERE s.id = ?");
  row.Bind(sweep_id);
  const int count = row.Next() ? static_cast<int>(row.Int()) : 0;
  if (!row.status().ok()) return row.status();
  return count;
}

}  // namespace ff::storage
