// Finished training runs as a plain table, whoever made them: a sweep of ours or a CSV of
// somebody else's. Columns, not records, since ten million rows must fit in memory and
// fits read whole columns. N in parameters, D in tokens, C in FLOP, L in nats a token.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ff {

// A column of words (corpus, schedule, ...), stored once each.
struct GroupColumn {
  std::string name;
  std::vector<std::string> levels;
  std::vector<int32_t> codes;  // a row's index into levels; -1: the cell was empty
};

// All columns have the same length, but for `budget`, which may be empty (none stored).
struct RunTable {
  std::vector<std::string> run_id;
  std::vector<double> parameters, tokens, compute, loss;
  std::vector<double> budget;  // the stored budget in FLOP; NaN: this run belongs to none
  std::vector<GroupColumn> groups;

  size_t size() const { return loss.size(); }
};

// The elements of a column whose row is kept, in their order; both of one length.
template <typename T>
void KeepWhere(const std::vector<bool>& keep, std::vector<T>* column) {
  size_t to = 0;
  for (size_t i = 0; i < column->size(); ++i) {
    if (!keep[i]) continue;
    if (to != i) (*column)[to] = std::move((*column)[i]);
    ++to;
  }
  column->resize(to);
}
// The same of every column.
void KeepRows(const std::vector<bool>& keep, RunTable* table);

struct ExcludedRun {
  std::string run_id, reason;
};

// What counts as a budget's compute: the mean of its runs' C, or the budget stored with them, where
// one is.
enum class BudgetCompute { kMean, kStored };

// Which budget each run of a table belongs to.
struct BudgetGroups {
  std::vector<int> of_run;      // index into compute; -1: no budget
  std::vector<double> compute;  // as BudgetCompute says, ascending
  bool clustered = false;       // true: no budget was stored, log C was clustered
  std::vector<std::string> notes;
};

}  // namespace ff
