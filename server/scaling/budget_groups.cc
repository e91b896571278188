// Which budget a run belongs to; the other half of run_screening.h.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "absl/strings/str_format.h"
#include "server/scaling/run_screening.h"

namespace ff::scaling {
namespace {

// A gap below this share of the tolerance separates nothing.
constexpr double kSmallestGap = 0.02;

// Where to cut [from, to): at its widest gap, or, where C is spread evenly, after as much as
// one budget may span (even slices are then as good as any). `gaps`: the places before which a
// gap worth the name lies, ascending; there are few, so that ten million runs stay quick.
size_t Cut(const std::vector<double>& sorted, const std::vector<size_t>& gaps, size_t from,
           size_t to, double tolerance) {
  size_t widest = from;
  double width = 0;
  for (auto gap = std::upper_bound(gaps.begin(), gaps.end(), from); gap != gaps.end() && *gap < to;
       ++gap) {
    if (sorted[*gap] - sorted[*gap - 1] <= width) continue;
    width = sorted[*gap] - sorted[*gap - 1];
    widest = *gap;
  }
  if (widest > from) return widest;
  size_t cut =
      std::upper_bound(sorted.begin() + from, sorted.begin() + to, sorted[from] + tolerance) -
      sorted.begin();
  // Rounding must not leave a slice that spans more, nor an empty one.
  while (cut > from + 1 && sorted[cut - 1] - sorted[from] > tolerance) --cut;
  return std::clamp(cut, from + 1, to - 1);
}

// First places of the parts, none of which spans more than `tolerance`. Work is a list, not
// recursion.
std::vector<size_t> Cuts(const std::vector<double>& sorted, double tolerance) {
  std::vector<size_t> starts, gaps;
  for (size_t i = 1; i < sorted.size(); ++i) {
    if (sorted[i] - sorted[i - 1] >= kSmallestGap * tolerance) gaps.push_back(i);
  }
  std::vector<std::pair<size_t, size_t>> work;
  if (!sorted.empty()) work.push_back({0, sorted.size()});
  while (!work.empty()) {
    const auto [from, to] = work.back();
    work.pop_back();
    if (sorted[to - 1] - sorted[from] <= tolerance) {
      starts.push_back(from);
      continue;
    }
    const size_t cut = Cut(sorted, gaps, from, to, tolerance);
    work.push_back({from, cut});
    work.push_back({cut, to});
  }
  std::sort(starts.begin(), starts.end());
  return starts;
}

// Renumbers budgets ascending in their compute: `stored`, or, where that is empty, the mean of
// their runs'.
void Finish(const RunTable& table, int budgets, const std::vector<double>& stored,
            BudgetGroups* groups) {
  // A running mean: no sum that overflows, and equal values give just that value.
  std::vector<double> mean(budgets, 0), count(budgets, 0);
  for (size_t i = 0; i < table.size(); ++i) {
    const int b = groups->of_run[i];
    if (b >= 0) mean[b] += (table.compute[i] - mean[b]) / ++count[b];
  }
  if (!stored.empty()) mean = stored;
  std::vector<int> order(budgets), place(budgets);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return mean[a] < mean[b]; });
  for (int b = 0; b < budgets; ++b) {
    place[order[b]] = b;
    groups->compute.push_back(mean[order[b]]);
  }
  for (int& budget : groups->of_run) {
    if (budget >= 0) budget = place[budget];
  }
}

void UseStored(const RunTable& table, BudgetCompute compute, BudgetGroups* groups) {
  std::map<double, int> numbers;
  std::vector<double> stored;
  size_t without = 0;
  for (const double budget : table.budget) {
    if (std::isnan(budget)) {
      groups->of_run.push_back(-1);
      ++without;
      continue;
    }
    const auto [number, added] = numbers.emplace(budget, static_cast<int>(numbers.size()));
    if (added) stored.push_back(budget);
    groups->of_run.push_back(number->second);
  }
  const bool mean = compute == BudgetCompute::kMean;
  Finish(table, static_cast<int>(numbers.size()), mean ? std::vector<double>() : stored, groups);
  groups->notes.push_back(
      absl::StrFormat("budgets: %d stored ones; each one's compute is %s", numbers.size(),
                      mean ? "the mean of its runs'" : "the stored one (fitting.budget_compute)"));
  if (without > 0) {
    groups->notes.push_back(absl::StrFormat(
        "%d runs have no stored budget and are in no profile; the loss surface uses them",
        without));
  }
}

}  // namespace

BudgetGroups GroupBudgets(const RunTable& table, double log_tolerance, BudgetCompute compute) {
  BudgetGroups groups;
  const bool stored = std::any_of(table.budget.begin(), table.budget.end(),
                                  [](double budget) { return !std::isnan(budget); });
  if (stored) {
    UseStored(table, compute, &groups);
    return groups;
  }
  std::vector<size_t> order(table.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return table.compute[a] < table.compute[b]; });
  std::vector<double> sorted;
  sorted.reserve(order.size());
  for (const size_t row : order) sorted.push_back(std::log(table.compute[row]));
  const std::vector<size_t> starts = Cuts(sorted, log_tolerance);
  groups.clustered = true;
  groups.of_run.assign(table.size(), -1);
  for (size_t b = 0; b < starts.size(); ++b) {
    const size_t end = b + 1 < starts.size() ? starts[b + 1] : sorted.size();
    for (size_t i = starts[b]; i < end; ++i) groups.of_run[order[i]] = static_cast<int>(b);
  }
  Finish(table, static_cast<int>(starts.size()), {}, &groups);
  groups.notes.push_back(absl::StrFormat(
      "budgets: no stored ones; ln C clustered so that no budget spans more than %g (%d budgets); "
      "each one's compute is the mean of its runs'",
      log_tolerance, starts.size()));
  return groups;
}

}  // namespace ff::scaling
